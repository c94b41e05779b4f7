/**
 * What Go's JSON decoder says of text that is not JSON (encoding/json, sigs.k8s.io/json).
 *
 * Text is parsed by the engine's own parser, which is fast and words its errors differently; only text that it refused is read again here.
 */
import { goQuote } from './go-text.js';

const maxDepth = 10_000;
const encoder = new TextEncoder();

/** Go reads bytes: of a character beyond ASCII it names the first byte, as if that were a character. */
function quoted(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  return `'${goQuote(String.fromCharCode(encoder.encode(char)[0]!)).slice(1, -1)}'`;
}

class Unexpected extends Error {}

/** The sentence for `text`, or undefined if it is JSON after all. */
export function goJsonError(text: string): string | undefined {
  let at = 0;
  const fail = (context: string): never => {
    if (at >= text.length) throw new Unexpected('unexpected end of JSON input');
    throw new Unexpected(`invalid character ${quoted(String.fromCodePoint(text.codePointAt(at)!))} ${context}`);
  };
  const space = (): void => {
    for (let c = text[at]; c === ' ' || c === '\n' || c === '\r' || c === '\t'; c = text[at]) at++;
  };
  const isDigit = (): boolean => at < text.length && text[at]! >= '0' && text[at]! <= '9';
  const digits = (context: string): void => {
    if (!isDigit()) fail(context);
    while (isDigit()) at++;
  };
  const string = (): void => {
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length || text[at]! < ' ') fail('in string literal');
      if (text[at] !== '\\') continue;
      at++;
      if (text[at] === 'u') {
        for (let digit = 0; digit < 4; digit++) {
          at++;
          if (at >= text.length || !/[0-9a-fA-F]/.test(text[at]!)) fail('in \\u hexadecimal character escape');
        }
      } else if (at >= text.length || !'bfnrt\\/"'.includes(text[at]!)) fail('in string escape code');
    }
    at++;
  };
  const number = (): void => {
    if (text[at] === '-') at++;
    if (text[at] === '0') at++;
    else digits('in numeric literal');
    if (text[at] === '.') {
      at++;
      digits('after decimal point in numeric literal');
    }
    if (text[at] === 'e' || text[at] === 'E') {
      at++;
      if (text[at] === '+' || text[at] === '-') at++;
      digits('in exponent of numeric literal');
    }
  };
  const word = (expected: string): void => {
    for (const letter of expected) {
      if (text[at] !== letter) fail(`in literal ${expected} (expecting '${letter}')`);
      at++;
    }
  };
  // Not recursive: the depth that Go allows is more than a stack holds here.
  const open: ('{' | '[')[] = [];
  const openWith = (bracket: '{' | '['): void => {
    open.push(bracket);
    if (open.length > maxDepth) fail('exceeded max depth');
    at++;
  };
  /** Reads up to where a value has ended. */
  const value = (): void => {
    for (;;) {
      space();
      const c = text[at];
      if (c === '{') {
        openWith('{');
        space();
        if (text[at] !== '}') name();
        else break;
      } else if (c === '[') {
        openWith('[');
        space();
        if (text[at] === ']') break;
      } else {
        if (c === '"') string();
        else if (c === '-' || isDigit()) number();
        else if (c === 't') word('true');
        else if (c === 'f') word('false');
        else if (c === 'n') word('null');
        else fail('looking for beginning of value');
        return;
      }
    }
    at++;
    open.pop();
  };
  const name = (): void => {
    space();
    if (text[at] !== '"') fail('looking for beginning of object key string');
    string();
    space();
    if (text[at] !== ':') fail('after object key');
    at++;
  };
  try {
    value();
    while (open.length > 0) {
      space();
      const inObject = open.at(-1) === '{';
      if (text[at] === ',') {
        at++;
        if (inObject) name();
        value();
      } else if (text[at] === (inObject ? '}' : ']')) {
        at++;
        open.pop();
      } else fail(inObject ? 'after object key:value pair' : 'after array element');
    }
    space();
    if (at < text.length) fail('after top-level value');
    return undefined;
  } catch (error) {
    if (error instanceof Unexpected) return error.message;
    throw error;
  }
}
