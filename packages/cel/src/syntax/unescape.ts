/** The values of string and bytes literals. */

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

/** What an escape sequence stands for. */
const sequence = /\\(?:([xX])([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;

export class UnescapeError extends Error {}

/** The text between the quotes. */
function content(literal: string): { text: string; isRaw: boolean } {
  const normal = literal.replace(/\r\n?/g, '\n');
  const isRaw = normal.startsWith('r') || normal.startsWith('R');
  const quotedText = isRaw ? normal.slice(1) : normal;
  const isTriple = quotedText.length >= 6 && (quotedText.startsWith('"""') || quotedText.startsWith("'''"));
  return { text: isTriple ? quotedText.slice(3, -3) : quotedText.slice(1, -1), isRaw };
}

/** @throws UnescapeError where an escape stands for no code point. */
export function unescapeString(literal: string): string {
  const { text, isRaw } = content(literal);
  if (isRaw || !text.includes('\\')) return text;
  return text.replace(sequence, (_, _x, byte?: string, u?: string, long?: string, octal?: string, char?: string) => {
    if (char !== undefined) return simple[char]!;
    const code = octal === undefined ? Number.parseInt((byte ?? u ?? long)!, 16) : Number.parseInt(octal, 8);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new UnescapeError('invalid unicode code point');
    return String.fromCodePoint(code);
  });
}

/** `\xff` is one byte; other characters are their UTF-8.
 * @throws UnescapeError for `\u` and `\U`. */
export function unescapeBytes(literal: string): Uint8Array {
  const { text, isRaw } = content(literal);
  if (isRaw || !text.includes('\\')) return new Uint8Array(Buffer.from(text));
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const match of text.matchAll(sequence)) {
    const [whole, , byte, u, long, octal, char] = match;
    if (u !== undefined || long !== undefined) throw new UnescapeError('unable to unescape string');
    parts.push(Buffer.from(text.slice(at, match.index)));
    if (char !== undefined) parts.push(Buffer.from(simple[char]!));
    else parts.push(Buffer.from([octal === undefined ? Number.parseInt(byte!, 16) : Number.parseInt(octal, 8)]));
    at = match.index + whole.length;
  }
  parts.push(Buffer.from(text.slice(at)));
  return new Uint8Array(Buffer.concat(parts));
}
