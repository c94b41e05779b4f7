/** Base64url text without padding, as Go's `base64.RawURLEncoding` reads it: line ends in it count for nothing. */

const withoutLineEnds = (text: string): string => (/[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text);

/** Whether text is base64url. */
export function isBase64Url(text: string): boolean {
  const characters = withoutLineEnds(text);
  return characters.length % 4 !== 1 && /^[A-Za-z0-9_-]*$/.test(characters);
}

/** The bytes of base64url text; undefined where it is none. */
export const base64UrlBytes = (text: string): Buffer | undefined => (isBase64Url(text) ? Buffer.from(withoutLineEnds(text), 'base64url') : undefined);
