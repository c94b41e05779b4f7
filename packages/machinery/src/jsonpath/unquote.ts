/** Go's `strconv.Unquote`, with single quotes for text too. */

const simple: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' };
const character = /\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))|[^\\]/suy;

/** The text in the quotes, or undefined where it has an escape that Go does not know. */
export function unquote(quoted: string): string | undefined {
  const quote = quoted[0]!;
  const inner = quoted.slice(1, -1);
  if (quoted.length < 2 || !quoted.endsWith(quote)) return undefined;
  if (!inner.includes('\\') && !inner.includes(quote)) return inner;
  let out = '';
  character.lastIndex = 0;
  while (character.lastIndex < inner.length) {
    const match = character.exec(inner);
    if (!match) return undefined;
    const [whole, letter, ...codes] = match;
    const code = codes.find((digits) => digits !== undefined);
    if (letter === "'" || letter === '"') {
      // Only the quote that the text stands in may be escaped.
      if (letter !== quote) return undefined;
      out += letter;
    } else if (letter !== undefined) out += simple[letter];
    else if (code !== undefined) {
      const value = Number.parseInt(code, codes[3] === code ? 8 : 16);
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000) || (codes[3] === code && value > 255)) return undefined;
      out += String.fromCodePoint(value);
    } else if (whole === quote) return undefined;
    else out += whole;
  }
  return out;
}
