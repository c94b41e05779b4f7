/** Said of a patch that cannot be read or does not apply; the message is the reference's, word for word. */
export class PatchError extends Error {
  override readonly name = 'PatchError';

  /**
   * @param status The HTTP status that the reference answers with, where the mistake alone decides it. Only strategic merge patches say it; what they do not say is a 500.
   */
  constructor(
    message: string,
    readonly status?: 400 | 422,
  ) {
    super(message);
  }
}
