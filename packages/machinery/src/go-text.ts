/** How Go prints text: messages of the reference carry these forms. */

const simpleEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Printable in Go's sense: letters, marks, numbers, punctuation, symbols, and the ASCII space. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** `strconv.Quote`: the `%q` of messages. */
export function goQuote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) {
    const simple = simpleEscapes[char];
    if (simple !== undefined) {
      out += simple;
    } else if (!unprintable.test(char)) {
      out += char;
    } else {
      const code = char.codePointAt(0)!;
      if (code >= 0xd800 && code <= 0xdfff) out += '\\ufffd';
      else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
      else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`;
      else out += `\\U${code.toString(16).padStart(8, '0')}`;
    }
  }
  return `${out}"`;
}

/** The bytes of the text in UTF-8: what Go's `len` counts, and so what every length limit of the API counts. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes: two more for the first half, none for the second.
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdbff || !isLowSurrogate(text.charCodeAt(at + 1))) bytes += 2;
    else {
      bytes += 2;
      at++;
    }
  }
  return bytes;
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

const integer = /^[+-]?\d+$/;

/** `strconv.ParseInt(text, 10, 64)`: undefined where that fails. */
export function parseInt64(text: string): bigint | undefined {
  if (!integer.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** The characters that are not printable in Go's sense (`unicode.IsPrint`), each with the byte at which it stands. */
export function unprintableCharacters(text: string): { char: string; byte: number }[] {
  if (!unprintable.test(text)) return [];
  const found: { char: string; byte: number }[] = [];
  let byte = 0;
  for (const char of text) {
    if (unprintable.test(char)) found.push({ char, byte });
    byte += byteLength(char);
  }
  return found;
}

/** `U+0009`: Go's `%U`. */
export const codePointName = (char: string): string => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
