/** A JSON parser that keeps int64 values beyond 2^53 as bigint. Used only for text that may hold one; see json.ts. */

const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const plain = /[^"\\\u0000-\u001f]*/y;
const maxDepth = 10_000;

/** @throws SyntaxError where the text is not JSON. */
export function parseJsonExactly(text: string): unknown {
  let at = 0;

  const fail = (): never => {
    // Let the engine word the error; what it accepts and we do not is a bug of ours.
    JSON.parse(text);
    throw new SyntaxError(`Unexpected token at position ${at}`);
  };
  const space = (): void => {
    for (let c = text.charCodeAt(at); c === 32 || c === 10 || c === 13 || c === 9; c = text.charCodeAt(at)) at++;
  };
  const string = (): string => {
    const start = at++;
    for (;;) {
      plain.lastIndex = at;
      at += plain.exec(text)![0].length;
      const c = text[at];
      if (c === '"') break;
      if (c !== '\\') fail();
      at += 2;
    }
    at++;
    return JSON.parse(text.slice(start, at)) as string;
  };
  const value = (depth: number): unknown => {
    if (depth > maxDepth) throw new SyntaxError('exceeded max depth');
    space();
    const c = text[at];
    if (c === '{') {
      const out: Record<string, unknown> = {};
      at++;
      space();
      if (text[at] === '}') {
        at++;
        return out;
      }
      for (;;) {
        space();
        if (text[at] !== '"') fail();
        const name = string();
        space();
        if (text[at++] !== ':') fail();
        const member = value(depth + 1);
        if (name === '__proto__') Object.defineProperty(out, name, { value: member, enumerable: true, configurable: true, writable: true });
        else out[name] = member;
        space();
        const next = text[at++];
        if (next === '}') return out;
        if (next !== ',') fail();
      }
    }
    if (c === '[') {
      const out: unknown[] = [];
      at++;
      space();
      if (text[at] === ']') {
        at++;
        return out;
      }
      for (;;) {
        out.push(value(depth + 1));
        space();
        const next = text[at++];
        if (next === ']') return out;
        if (next !== ',') fail();
      }
    }
    if (c === '"') return string();
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    number.lastIndex = at;
    const match = number.exec(text);
    if (!match) return fail();
    at += match[0].length;
    const parsed = Number(match[0]);
    if (match[1] !== undefined || match[2] !== undefined || Number.isSafeInteger(parsed)) return parsed;
    const exact = BigInt(match[0]);
    return BigInt.asIntN(64, exact) === exact ? exact : parsed;
  };

  const result = value(0);
  space();
  if (at !== text.length) fail();
  return result;
}
