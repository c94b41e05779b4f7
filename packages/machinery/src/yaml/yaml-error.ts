/** Said of text that is not YAML, or is YAML that JSON has no form for. The message is worded as the reference's YAML library words it. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}
