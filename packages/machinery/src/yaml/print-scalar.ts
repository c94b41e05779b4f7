/** How go-yaml v2 prints strings: plain where that is safe, as a block where they have lines, else quoted; folded at spaces beyond 80 columns. */
import { byteLength } from '../go-text.js';
import { resolvePlain } from './resolve-scalar.js';

const foldAfter = 80;

export interface ScalarPlace {
  /** Columns that folded lines and blocks are indented by. */
  readonly indent: number;
  /** Characters on the line before the scalar. */
  readonly column: number;
  /** A key on one line: neither folded nor a block. */
  readonly isSimpleKey?: boolean;
}

/** Prints the string as it stands after what is in its line. A block ends with its last line break, where it has one. */
export function printString(text: string, place: ScalarPlace): string {
  const allows = analyze(text);
  if (text.includes('\n')) return allows.block && !place.isSimpleKey ? block(text, place.indent) : doubleQuoted(text, place);
  // go-yaml prints `<<` plain, and reads it back as a merge: quoted, it stays a key.
  if (resolvePlain(text).kind !== 'str' || base60.test(text)) return doubleQuoted(text, place);
  if (allows.plain) return folded(text, place);
  return allows.singleQuoted ? singleQuoted(text, place) : doubleQuoted(text, place);
}

/** True for a key that fits on the line of its value. */
export const isSimpleKey = (text: string): boolean => !/[\n\r\x85\u2028\u2029]/.test(text) && byteLength(text) <= 128;

/** YAML 1.1 reads these as numbers; go-yaml does not, and quotes them for those that do. */
const base60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;
const unprintable = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const indicatorAtStart = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t\n]|$))/;
const indicatorInside = /:(?:[ \t\n]|$)|[ \t\n]#/;

function analyze(text: string): { plain: boolean; singleQuoted: boolean; block: boolean } {
  const special = unprintable.test(text) || / \n/.test(text);
  const breakThenSpace = /\n /.test(text);
  const edges = /^[ \n]|[ \n]$/.test(text);
  const plain = !special && !breakThenSpace && !edges && !text.includes('\n') && !indicatorAtStart.test(text) && !indicatorInside.test(text);
  return { plain, singleQuoted: !special && !breakThenSpace, block: !special && !text.endsWith(' ') };
}

function block(text: string, indent: number): string {
  const indentHint = /^[ \n]/.test(text) ? '2' : '';
  const endHint = !text.endsWith('\n') ? '-' : text.length === 1 || text.endsWith('\n\n') ? '+' : '';
  const lines = text.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return `|${indentHint}${endHint}\n${lines.join('\n')}`;
}

/** Breaks lines at single spaces where they are too long. */
function folded(text: string, { indent, column: start, isSimpleKey }: ScalarPlace, { first = 0, last = text.length } = {}): string {
  if (isSimpleKey || start + text.length <= foldAfter) return text;
  const lineBreak = `\n${' '.repeat(indent)}`;
  let out = '';
  let column = start;
  let afterSpace = false;
  let at = 0;
  for (const char of text) {
    const isSpace = char === ' ';
    if (isSpace && !afterSpace && column > foldAfter && text[at + 1] !== ' ' && at >= first && at < last) {
      out += lineBreak;
      column = indent;
    } else {
      out += char;
      column++;
    }
    afterSpace = isSpace;
    at += char.length;
  }
  return out;
}

function singleQuoted(text: string, { column, ...place }: ScalarPlace): string {
  const inner = folded(text.replaceAll("'", "''"), { ...place, column: column + 1 }, { first: 1, last: text.replaceAll("'", "''").length - 1 });
  return `'${inner}'`;
}

const escapes: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};
const mustEscape = /[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\]/u;

function escaped(char: string): string {
  const short = escapes[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0)!;
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(width as number, '0')}`;
}

function doubleQuoted(text: string, { indent, column: start, isSimpleKey }: ScalarPlace): string {
  let out = '"';
  let column = start + 1;
  let afterSpace = false;
  let at = 0;
  for (const char of text) {
    const isSpace = char === ' ';
    if (isSpace && !isSimpleKey && !afterSpace && column > foldAfter && at > 0 && at < text.length - 1) {
      out += `\n${' '.repeat(indent)}`;
      column = indent;
      // Spaces at the start of a folded line would be lost.
      if (text[at + 1] === ' ') {
        out += '\\';
        column++;
      }
    } else {
      const shown = mustEscape.test(char) ? escaped(char) : char;
      out += shown;
      column += [...shown].length;
    }
    afterSpace = isSpace;
    at += char.length;
  }
  return `${out}"`;
}
