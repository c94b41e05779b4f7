/** Said of a selector that cannot be read; the message is the reference's, word for word. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}
