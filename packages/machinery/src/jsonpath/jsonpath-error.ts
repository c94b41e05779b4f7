/** Said of a JSONPath that cannot be parsed or evaluated; the message is the reference's, word for word. */
export class JSONPathError extends Error {
  override readonly name = 'JSONPathError';
}
