/** Cuts the text of an expression into tokens. */
import type { Issue, Source } from './source.js';
import type { Token, TokenType } from './token.js';

const operators: readonly TokenType[] = [
  "'=='",
  "'!='",
  "'<='",
  "'>='",
  "'&&'",
  "'||'",
  "'<'",
  "'>'",
  "'['",
  "']'",
  "'{'",
  "'}'",
  "'('",
  "')'",
  "'.'",
  "','",
  "'-'",
  "'!'",
  "'?'",
  "':'",
  "'+'",
  "'*'",
  "'/'",
  "'%'",
];
const operatorTexts = operators.map((type) => [type.slice(1, -1), type] as const);
const keywords: ReadonlyMap<string, TokenType> = new Map([
  ['in', "'in'"],
  ['true', "'true'"],
  ['false', "'false'"],
  ['null', "'null'"],
]);

const hidden = /(?:[\t \r\n\f]|\/\/[^\n]*)+/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const float = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const int = /(?:0x[\da-fA-F]+|\d+)/y;
const quotedIdentifier = /`[A-Za-z0-9_./\- ]+`/y;
/** What may stand behind a backslash. */
const escapes = String.raw`(?:[abfnrtv"'\\?${'`'}]|[0-3][0-7][0-7]|[xX][\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})`;
/** Raw strings, strings of several lines, strings of one line; each with both quotes. */
const forms = ['"', "'"].flatMap((q) => [
  String.raw`[rR]${q}{3}[\s\S]*?${q}{3}`,
  String.raw`[rR]${q}[^${q}\n\r]*${q}`,
  String.raw`${q}{3}(?:[^\\]|\\${escapes})*?${q}{3}`,
  String.raw`${q}(?:[^\\${q}\n\r]|\\${escapes})*${q}`,
]);
const quoted = new RegExp(`[bB]?(?:${forms.join('|')})`, 'y');

export interface Lexed {
  readonly tokens: Token[];
  readonly issues: Issue[];
  /** What is no token, from offset to offset. */
  readonly dropped: readonly (readonly [start: number, end: number])[];
}

/** The tokens, the last one the end; what is none is told and left out. */
export function tokenize(source: Source): Lexed {
  const { text } = source;
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  const dropped: [number, number][] = [];
  const isFlat = source.length === text.length;
  let [counted, points] = [0, 0];
  /** The offset in code points; asked for ever larger offsets. */
  const offsetOf = (unit: number): number => {
    if (isFlat) return unit;
    for (; counted < unit; points++) counted += text.codePointAt(counted)! > 0xffff ? 2 : 1;
    return points;
  };
  for (let at = 0; at < text.length; ) {
    const skipped = lengthOf(hidden, text, at);
    if (skipped > 0) {
      at += skipped;
      continue;
    }
    const found = tokenAt(text, at);
    if (found) {
      tokens.push({ type: found.type, text: text.slice(at, at + found.length), start: offsetOf(at) });
      at += found.length;
    } else {
      const end = endOfFailure(text, at);
      const start = offsetOf(at);
      dropped.push([start, offsetOf(end)]);
      issues.push({ location: source.locate(start), message: `Syntax error: token recognition error at: '${text.slice(at, end)}'` });
      at = end;
    }
  }
  tokens.push({ type: '<EOF>', text: '<EOF>', start: source.length });
  return { tokens, issues, dropped };
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** The longest token; of those that are equally long the first. */
function tokenAt(text: string, at: number): { type: TokenType; length: number } | undefined {
  const c = text.charCodeAt(at);
  const isLetter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
  if (isLetter || c === 34 || c === 39) {
    const quotes = c === 34 || c === 39 || 'bBrR'.includes(text[at]!) ? lengthOf(quoted, text, at) : 0;
    if (quotes > 0) return { type: c === 98 || c === 66 ? 'BYTES' : 'STRING', length: quotes };
    if (!isLetter) return undefined;
    const length = lengthOf(word, text, at);
    return { type: keywords.get(text.slice(at, at + length)) ?? 'IDENTIFIER', length };
  }
  if ((c >= 48 && c <= 57) || c === 46) {
    const floatLength = lengthOf(float, text, at);
    const intLength = lengthOf(int, text, at);
    const isUint = intLength > 0 && /[uU]/.test(text[at + intLength] ?? '');
    if (floatLength > intLength + (isUint ? 1 : 0)) return { type: 'NUM_FLOAT', length: floatLength };
    if (isUint) return { type: 'NUM_UINT', length: intLength + 1 };
    if (intLength > 0) return { type: 'NUM_INT', length: intLength };
  }
  if (c === 96) {
    const length = lengthOf(quotedIdentifier, text, at);
    return length > 0 ? { type: 'ESC_IDENTIFIER', length } : undefined;
  }
  for (const [operator, type] of operatorTexts) if (text.startsWith(operator, at)) return { type, length: operator.length };
  return undefined;
}

/** The start of an escape sequence. */
const begun = String.raw`(?:\\(?:[0-3][0-7]?|[xX][\da-fA-F]?|u[\da-fA-F]{0,3}|U[\da-fA-F]{0,7})?)?`;
const partialQuote = (q: string): RegExp => new RegExp(String.raw`${q}(?:[^\\${q}\n\r]|\\${escapes})*${begun}`, 'y');
const partialQuotes: Readonly<Record<string, RegExp>> = { '"': partialQuote('"'), "'": partialQuote("'"), '`': /`[A-Za-z0-9_./\- ]*/y };

/** The lexer reads on as long as there may be a token, and drops all of it together with the character that ends the hope. */
function endOfFailure(text: string, at: number): number {
  const partial = partialQuotes[text[at]!];
  const isPair = '=&|'.includes(text[at]!);
  const hoped = partial ? at + lengthOf(partial, text, at) : isPair ? at + 1 : at;
  const last = text.codePointAt(hoped);
  return last === undefined ? text.length : hoped + (last > 0xffff ? 2 : 1);
}
