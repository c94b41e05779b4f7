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
