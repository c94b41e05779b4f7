import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../../conformance/vectors.js';
import { JSONPathError, type JSONPathOptions, parseJSONPath } from './index.js';

describe('a JSONPath finds what the reference finds', () => {
  for (const { name, input, output, error } of vectors<{ path: string; document: unknown }, { results: unknown[] }>('jsonpath'))
    it(name, () => {
      // The recorded library was given decoded floats.
      const run = (): unknown => parseJSONPath(`{${input.path}}`).find(input.document, { allowMissingKeys: true, integers: 'float64' }).flat();
      if (error === undefined) expect(run()).toEqual(output!.results);
      else expect(run).toThrow(new JSONPathError(error));
    });
});

const object = {
  a: [{ n: 1, s: 'x' }, { n: 2, s: 'y' }, { s: null }],
  m: { k: 'v', 'k.x': '<' },
  lists: [[1, 2], [], [3]],
  zero: null,
};
const find = (path: string, options: JSONPathOptions = { allowMissingKeys: true }): unknown => parseJSONPath(`{${path}}`).find(object, options).flat();

describe('a JSONPath', () => {
  for (const [path, results] of [
    ['.a[?(@.n>1)].s', ['y']],
    ['.a[?(@.n<=1)].s', ['x']],
    ['.a[?(@.n)].s', ['x', 'y']],
    ['.a[?(@.s!="x")].n', new JSONPathError('invalid type for comparison')],
    ['.a[?(@.n>1.5)].s', new JSONPathError('incompatible types for comparison')],
    ['.a[-1].s', [null]],
    ['.a[0,1].s', ['x', 'y']],
    ['.a[::2].s', ['x', null]],
    ["['m']['k']", ['v']],
    ['.m.k\\.x', ['<']],
    ['.lists[0,2][*]', [1, 2, 3]],
    // An empty list ends the search, in the reference too.
    ['.lists[*][*]', [1, 2]],
    ['..k', ['v']],
    ['.zero', [null]],
    ['.constructor', []],
    ['.a[9]', new JSONPathError('array index out of bounds: index 9, length 3')],
    ['.m[0]', new JSONPathError('map[string]interface {} is not array or slice')],
    ['.m[?(@.a)]', new JSONPathError('map[k:v k.x:<] is not array or slice and cannot be filtered')],
    ['.a[?(@.n===1)]', new JSONPathError('unrecognized filter operator ===')],
    ['.a[x]', new JSONPathError('invalid array index x')],
    ['.a[', new JSONPathError('unterminated array')],
    ['.a[?(@.n', new JSONPathError('unterminated filter')],
    ['"x', new JSONPathError('unterminated quoted string')],
    ['"\\q"', new JSONPathError('unquote string "\\q" error invalid syntax')],
    ['....', new JSONPathError('invalid multiple recursive descent')],
    ['#', new JSONPathError("unrecognized character in action: U+0023 '#'")],
    ['.a\n', new JSONPathError('unclosed action')],
    ['nope', new JSONPathError('unrecognized identifier nope')],
    ['end', new JSONPathError('not in range, nothing to end')],
  ] as const)
    it(`${JSON.stringify(path)} → ${results instanceof Error ? results.message : JSON.stringify(results)}`, () => {
      if (results instanceof Error) expect(() => find(path)).toThrow(results);
      else expect(find(path)).toEqual(results);
    });

  it('needs its fields unless they may be missing', () => expect(() => find('.b', {})).toThrow(new JSONPathError('b is not found')));
  it('compares integers beyond 2^53 by all their digits', () =>
    expect(parseJSONPath('{[?(@.n==1)].n}{[?(@.n>1)].n}').find([{ n: 1 }, { n: 9007199254740993n }])).toEqual([[1], [9007199254740993n]]));
  it('may escape the quote of its text, and only that one', () => expect(parseJSONPath(`{'it\\'s'}{"\\t\\u00e9\\x41"}`).print({})).toBe("it's\téA"));

  it('prints text, results between spaces, and objects as Go’s JSON', () => {
    const print = (template: string): string => parseJSONPath(template).print(object);
    expect(print('names: {.a[*].s}.')).toBe('names: x y null.');
    expect(print('{.m} {.lists}')).toBe('{"k":"v","k.x":"\\u003c"} [[1,2],[],[3]]');
  });
  it('prints what stands between range and end for each result', () => {
    const print = (template: string): string => parseJSONPath(template).print(object, { allowMissingKeys: true });
    expect(print('{range .a[*]}{.s}={.n};{end}done')).toBe('x=1;y=2;null=;done');
    expect(print('{range .lists[*]}<{range [*]}{@},{end}>{end}')).toBe('<1,2,><><3,>');
    expect(print('{range .none[*]}{.s}{end}done')).toBe('done');
  });

  it('is evaluated or refused, whatever it says', () => {
    const piece = fc.constantFrom(
      '.a',
      '.s',
      '..',
      '.*',
      '[*]',
      '[0]',
      '[-1]',
      '[1:]',
      '[0,1]',
      "['m']",
      '[?(@.n==1)]',
      '[?(@.s)]',
      '@',
      '$',
      ' ',
      'range ',
      'end',
      '}',
      '{',
      '"q"',
      '1.5',
      'x',
      '[',
      ']',
      '\\',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 8 }).map((pieces) => `{${pieces.join('')}}`),
          fc.string(),
        ),
        fc.boolean(),
        (template, allowMissingKeys) => {
          try {
            parseJSONPath(template).print(object, { allowMissingKeys });
          } catch (error) {
            expect(error).toBeInstanceOf(JSONPathError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
