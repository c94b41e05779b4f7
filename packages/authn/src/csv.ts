/** Comma-separated records as Go's encoding/csv reads them, with its errors. Records may differ in length. */
import { byteLength } from '@apiserver-kit/machinery';

const bareQuote = 'bare " in non-quoted-field';
const strayQuote = 'extraneous or missing " in quoted-field';

/**
 * The records of the text; empty lines are none.
 * @throws Error that says line and column (in bytes) of a quote that is out of place.
 */
export function parseCsv(text: string): string[][] {
  // Lines keep their newline, so that one inside quotes stays in the field; `\r\n` counts as one, and so does a `\r` at the very end.
  const lines =
    text
      .replace(/\r$/, '')
      .replaceAll('\r\n', '\n')
      .match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const records: string[][] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at] === '\n') at++;
    else {
      const { record, lineCount } = readRecord(lines, at);
      records.push(record);
      at += lineCount;
    }
  }
  return records;
}

function readRecord(lines: readonly string[], start: number): { record: string[]; lineCount: number } {
  const record: string[] = [];
  let at = start;
  let line = lines[at]!;
  let column = 0;
  const fail = (where: number, why: string): Error => {
    const place = `parse error on line ${at + 1}, column ${byteLength(line.slice(0, where)) + 1}: ${why}`;
    return new Error(at === start ? place : `record on line ${start + 1}; ${place}`);
  };

  const quotedField = (): string => {
    let field = '';
    column++;
    for (;;) {
      const quote = line.indexOf('"', column);
      if (quote < 0) {
        field += line.slice(column);
        column = line.length;
        if (at + 1 === lines.length) throw fail(column, strayQuote);
        line = lines[++at]!;
        column = 0;
      } else {
        field += line.slice(column, quote);
        column = quote + 1;
        const after = line[column];
        if (after === '"') {
          field += '"';
          column++;
        } else if (after === ',' || after === '\n' || after === undefined) return field;
        else throw fail(quote, strayQuote);
      }
    }
  };

  const plainField = (): string => {
    const comma = line.indexOf(',', column);
    const end = comma >= 0 ? comma : line.endsWith('\n') ? line.length - 1 : line.length;
    const field = line.slice(column, end);
    const quote = field.indexOf('"');
    if (quote >= 0) throw fail(column + quote, bareQuote);
    column = end;
    return field;
  };

  for (;;) {
    record.push(line[column] === '"' ? quotedField() : plainField());
    if (line[column] !== ',') return { record, lineCount: at - start + 1 };
    column++;
  }
}
