/**
 * The bytes of base64url text without padding, read as Go's `base64.RawURLEncoding` reads it.
 * @returns undefined where it is none.
 */
export function base64UrlBytes(text: string): Buffer | undefined {
  const characters = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  return /^[A-Za-z0-9_-]*$/.test(characters) && characters.length % 4 !== 1 ? Buffer.from(characters, 'base64url') : undefined;
}
