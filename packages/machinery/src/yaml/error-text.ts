/**
 * The sentences of go-yaml v2 for what our YAML library refuses. Both see the same mistake at nearly the same place, so a table leads from one to the other; what the
 * table does not know is said to lack node content.
 *
 * Go's scanner counts lines from one, its parser from zero, and line zero is not named.
 */
import type { YAMLParseError } from 'yaml';

/** `line N: sentence`, or the sentence alone. */
export const atLine = (line: number, sentence: string): string => (line === 0 ? sentence : `line ${line}: ${sentence}`);

/** What go-yaml says of the first error in the text. */
export function yamlErrorText(errors: readonly YAMLParseError[], text: string): string {
  const [error, second] = errors as [YAMLParseError, YAMLParseError?];
  const source = new Source(text);
  const [start, end] = error.pos;
  const says = (words: string): boolean => error.message.startsWith(words);
  switch (error.code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
      return source.scanner(second?.code === 'MULTILINE_IMPLICIT_KEY' ? second.pos[1] : start, 'mapping values are not allowed in this context');
    case 'MULTILINE_IMPLICIT_KEY':
      if (second?.code === 'UNEXPECTED_TOKEN') return source.parser(start, 'did not find expected key');
      return source.scanner(end, 'mapping values are not allowed in this context');
    case 'BAD_SCALAR_START':
      if (/[@`%]/.test(text[start]!)) return source.scanner(start, 'found character that cannot start any token');
      return source.parser(start, 'did not find expected node content');
    case 'TAB_AS_INDENT':
      if (/[\w"'\])}][ \t]*\n[\s]*$/.test(text.slice(0, start + 1))) return source.scanner(start, 'found a tab character that violates indentation');
      return source.scanner(start, 'found character that cannot start any token');
    case 'BAD_DQ_ESCAPE':
      return source.scanner(start, /^\\[xuU]/.test(text.slice(start)) ? 'did not find expected hexdecimal number' : 'found unknown escape character');
    case 'BAD_ALIAS':
      return source.scanner(start, 'did not find expected alphabetic or numeric character');
    case 'TAG_RESOLVE_FAILED':
      if (says('Verbatim')) return source.scanner(start, "did not find the expected '>'");
      return source.parser(start, 'found undefined tag handle');
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
    case 'UNEXPECTED_TOKEN':
      break;
    default:
      return source.parser(start, 'did not find expected node content');
  }
  if (says('Flow sequence') || says('Flow map') || says('Missing ,')) {
    if (/[[{,]\s*$/.test(text.slice(0, start))) return source.parser(start, 'did not find expected node content');
    return source.parser(start, `did not find expected ',' or '${says('Flow seq') || error.message.includes('flow sequence') ? ']' : '}'}'`);
  }
  if (says('Missing closing')) return source.scanner(text.length, 'found unexpected end of stream');
  if (says('Missing directives-end')) return source.scanner(start, 'found unknown directive name');
  if (says('Implicit map keys')) return source.scanner(source.nextTokenAfterLine(start), "could not find expected ':'");
  if (says('Sequence item without')) return source.parser(start, "did not find expected '-' indicator");
  if (says('Block scalar header')) return source.scanner(start, 'did not find expected comment or line break');
  if (says('Block scalar values')) return source.scanner(start, 'found a tab character where an indentation space is expected');
  if (says('Unexpected block-seq-ind on same line')) return source.scanner(start, 'block sequence entries are not allowed in this context');
  if (says('All mapping items') || says('Unexpected scalar at node end')) {
    const isItem = /^[ \t]*-(?:[ \t]|$)/.test(source.lineBefore(start));
    return source.parser(start, isItem ? "did not find expected '-' indicator" : 'did not find expected key');
  }
  if (/^Unexpected flow-(?:map|seq)-end/.test(error.message) && !/(?:^|[:-])\s*$/.test(text.slice(0, start))) {
    return source.parser(start, 'did not find expected key');
  }
  return source.parser(start, 'did not find expected node content');
}

class Source {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** An error of Go's scanner at the offset. */
  scanner(offset: number, sentence: string): string {
    const line = this.#linesTo(offset);
    return atLine(line === 0 ? 0 : line + 1, sentence);
  }

  /** An error of Go's parser at the offset: at the end of the text it stands on a line of its own. */
  parser(offset: number, sentence: string): string {
    const isAtEnd = this.#text.slice(offset).trim() === '';
    const end = this.#text.length;
    return atLine(isAtEnd ? this.#linesTo(end) + (this.#text.endsWith('\n') ? 0 : 1) : this.#linesTo(offset), sentence);
  }

  /** Where the first token after the line of the offset stands; at the end of the text, on a line of its own. */
  nextTokenAfterLine(offset: number): number {
    const newline = this.#text.indexOf('\n', offset);
    if (newline < 0) return this.#text.length + 1;
    const blank = /(?:[ \t\r\n]|#.*)*/y;
    blank.lastIndex = newline + 1;
    blank.exec(this.#text);
    return blank.lastIndex < this.#text.length || this.#text.endsWith('\n') ? blank.lastIndex : blank.lastIndex + 1;
  }

  /** The text of the line before that of the offset; that of the offset where it is the first. */
  lineBefore(offset: number): string {
    const newline = this.#text.lastIndexOf('\n', Math.max(0, offset - 1));
    return this.#text.slice(this.#text.lastIndexOf('\n', newline - 1) + 1, newline < 0 ? undefined : newline);
  }

  #linesTo(offset: number): number {
    let lines = offset > this.#text.length ? 1 : 0;
    for (let at = this.#text.indexOf('\n'); at >= 0 && at < offset; at = this.#text.indexOf('\n', at + 1)) lines++;
    return lines;
  }
}
