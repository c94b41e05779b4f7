/** Indented JSON from JSON text, without reading the values: numbers come out digit for digit. */
const indentation = '  ';

/** As Go's json.Indent with two spaces. The text must be JSON without spaces between its tokens. */
export function prettyJson(text: string): string {
  let out = '';
  let depth = 0;
  let from = 0;
  const lineBreak = (): string => `\n${indentation.repeat(depth)}`;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (char === '{' || char === '[') {
      const close = text[at + 1];
      if (close === '}' || close === ']') {
        at += 1;
        continue;
      }
      depth += 1;
      out += text.slice(from, at + 1) + lineBreak();
      from = at + 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
      out += text.slice(from, at) + lineBreak();
      from = at;
    } else if (char === ',') {
      out += text.slice(from, at + 1) + lineBreak();
      from = at + 1;
    } else if (char === ':') {
      out += `${text.slice(from, at + 1)} `;
      from = at + 1;
    }
  }
  return out + text.slice(from);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
