/** The text of an expression, with places in it counted in code points, as the reference counts them. */
import { isFlat } from '../values/text.js';

/** A place: lines from 1, columns from 0. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/** Where an error is not at any place. */
export const noLocation: Location = { line: -1, column: -1 };

/** An error and where it is. */
export interface Issue {
  readonly location: Location;
  readonly message: string;
}

const maxSnippetBytes = 16_384;

export class Source {
  readonly #points: string[] | undefined;
  readonly #lineStarts: number[] = [0];

  constructor(readonly text: string) {
    this.#points = isFlat(text) ? undefined : Array.from(text);
    for (let i = 0; i < this.length; i++) if (this.#at(i) === '\n') this.#lineStarts.push(i + 1);
  }

  /** Code points. */
  get length(): number {
    return this.#points?.length ?? this.text.length;
  }

  #at(offset: number): string {
    return this.#points ? this.#points[offset]! : this.text[offset]!;
  }

  slice(start: number, end: number): string {
    return this.#points ? this.#points.slice(start, end).join('') : this.text.slice(start, end);
  }

  /** The code point at each offset: strings of length 1 or 2. */
  get points(): readonly string[] {
    return this.#points ?? Array.from(this.text);
  }

  locate(offset: number): Location {
    if (offset < 0) return noLocation;
    let line = 1;
    while (line < this.#lineStarts.length && this.#lineStarts[line]! <= offset) line++;
    return { line, column: offset - this.#lineStarts[line - 1]! };
  }

  /** The errors in the order of their places, each with its line and a mark under the place. */
  show(issues: readonly Issue[]): string {
    const byPlace = issues
      .map((issue, i) => ({ issue, i }))
      .sort((a, b) => a.issue.location.line - b.issue.location.line || a.issue.location.column - b.issue.location.column || a.i - b.i);
    const shown = byPlace.slice(0, maxShown).map(({ issue }) => this.#show(issue));
    if (issues.length > maxShown) shown.push(`${issues.length - maxShown} more errors were truncated`);
    return shown.join('\n');
  }

  #show({ location, message }: Issue): string {
    const text = `ERROR: <input>:${location.line}:${location.column + 1}: ${message}`;
    const line = this.#line(location.line);
    if (line === undefined || Buffer.byteLength(line) > maxSnippetBytes) return text;
    const points = Array.from(line);
    // A character of several bytes is marked by a wide one.
    const mark = points.slice(0, Math.max(location.column, 0)).map((point) => (isWide(point) ? '\uff0e' : '.'));
    const at = points[location.column];
    return `${text}\n | ${line}\n | ${mark.join('')}${at !== undefined && isWide(at) ? '\uff3e' : '^'}`;
  }

  #line(line: number): string | undefined {
    const start = this.#lineStarts[line - 1];
    if (start === undefined || this.length === 0) return undefined;
    const next = this.#lineStarts[line];
    return this.slice(start, next === undefined ? this.length : next - 1).replaceAll('\t', ' ');
  }
}

const maxShown = 100;
const isWide = (point: string): boolean => point > '\u007f';
