/** Said of a patch that cannot be read or does not apply; the message is the reference's, word for word. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}
