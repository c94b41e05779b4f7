import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from './csv.js';
import { parseTokenFile } from './token-file.js';

describe('CSV', () => {
  it('keeps what is in quotes: commas, newlines, doubled quotes', () => {
    expect(parseCsv('a,"b,""c""",d\n"x\r\ny",z')).toEqual([
      ['a', 'b,"c"', 'd'],
      ['x\ny', 'z'],
    ]);
  });
  it('passes over empty lines, not over spaces', () => {
    expect(parseCsv('\n\r\na,\n\n ,b\n')).toEqual([
      ['a', ''],
      [' ', 'b'],
    ]);
    expect(parseCsv('')).toEqual([]);
    expect(parseCsv('a\r')).toEqual([['a']]);
  });
  it('says where a quote is out of place', () => {
    expect(() => parseCsv('a,b"c\n')).toThrow('parse error on line 1, column 4: bare " in non-quoted-field');
    expect(() => parseCsv('x\nö,"b"c\n')).toThrow('parse error on line 2, column 6: extraneous or missing " in quoted-field');
    expect(() => parseCsv('"a\nb"c')).toThrow('record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field');
    expect(() => parseCsv('"a\n')).toThrow('parse error on line 1, column 4: extraneous or missing " in quoted-field');
  });
  it('gives back what was written, whatever it is', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'ö', '#') });
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (records) => {
        const text = records.map((record) => `${record.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`).join('');
        expect(parseCsv(text)).toEqual(records);
      }),
    );
  });
});

describe('a token file', () => {
  it('warns of lines that count for nothing', () => {
    const warnings: string[] = [];
    const users = parseTokenFile(',a,1\nt,b,2\nt,c,3\n', { name: 'f.csv', warn: (message) => warnings.push(message) });
    expect([...users.values()].map(({ name }) => name)).toEqual(['c']);
    expect(warnings).toEqual([
      "empty token has been found in token file 'f.csv', record number '1'",
      "duplicate token has been found in token file 'f.csv', record number '3'",
    ]);
  });
});
