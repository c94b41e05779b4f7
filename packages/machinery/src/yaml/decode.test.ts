import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeYaml, parseYaml, YamlError, yamlToJson } from './index.js';

describe('a plain scalar means what go-yaml takes it for', () => {
  for (const [text, value] of [
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['yEs', 'yEs'],
    ['~', null],
    ['NULL', null],
    ['', null],
    ['010', 8],
    ['0o17', 15],
    ['-0x1F', -31],
    ['0b101', 5],
    ['1_000', 1000],
    ['08', 8],
    ['1.', 1],
    ['.5', 0.5],
    ['._5', '._5'],
    ['1e3', 1000],
    ['1e400', '1e400'],
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['2020-01-01', '2020-01-01'],
    ['12:30:45', '12:30:45'],
    ['0x', '0x'],
    ['!!str 5', '5'],
    ['!!float 1', 1],
    ['!!binary aGk=', 'hi'],
    ['!custom 1', '1'],
    ['"yes"', 'yes'],
    ["'it''s'", "it's"],
  ] as const)
    it(`${text} → ${String(value)}`, () => expect(parseYaml(`a: ${text}`)).toEqual({ a: value }));
});

describe('YAML', () => {
  it('is read up to the end of its first document', () => expect(parseYaml('a: 1\n---\nb: [')).toEqual({ a: 1 }));
  it('without a document is null', () => expect(['', '# only this', '---\n'].map(parseYaml)).toEqual([null, null, null]));
  it('that is JSON is read as JSON, integers exactly', () => expect(yamlToJson('{"a":9007199254740993,"b":[]}')).toBe('{"a":9007199254740993,"b":[]}'));
  it('has text for keys, whatever they are', () =>
    expect(parseYaml('true: 1\n1.5: 2\n0x10: 3\n1e7: 4\n.inf: 5')).toEqual({ true: 1, 1.5: 2, 16: 3, '1e+07': 4, '.inf': 5 }));
  it('repeats what aliases name', () => expect(parseYaml('a: &x {b: 1}\nc: *x\nd: &x 2\ne: *x')).toEqual({ a: { b: 1 }, c: { b: 1 }, d: 2, e: 2 }));
  it('merges maps into what was set before, the first map last', () =>
    expect(parseYaml('a: &a {x: 1}\nb: &b {x: 2, z: 2}\nc:\n  x: 0\n  <<: [*a, *b]\n  z: 3')).toMatchObject({ c: { x: 1, z: 3 } }));
  it('keeps names that JavaScript objects inherit', () =>
    expect(yamlToJson('__proto__: {a: 1}\nconstructor: 2')).toBe('{"__proto__":{"a":1},"constructor":2}'));
  it('ends a block without the line break that the text does not have', () => expect(parseYaml('a: |\n  x\n  y')).toEqual({ a: 'x\ny' }));
  it('takes the last value of a key, and tells of the others', () =>
    expect(decodeYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 3')).toEqual({
      value: { a: 3, b: { c: 2 } },
      strictError: 'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
    }));
});

describe('what is not YAML is refused in go-yaml’s words', () => {
  for (const [text, sentence] of [
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a:\n  b: c: d', 'yaml: line 2: mapping values are not allowed in this context'],
    ['kind: Pod\nmetadata:\n  name: x\n   labels: y', 'yaml: line 4: mapping values are not allowed in this context'],
    ['apiVersion: v1\nkind Pod\n', "yaml: line 3: could not find expected ':'"],
    ['a: b\nc\nd: e', "yaml: line 3: could not find expected ':'"],
    ['x: [1, 2', "yaml: line 1: did not find expected ',' or ']'"],
    ['x: {a: 1\n', "yaml: line 1: did not find expected ',' or '}'"],
    ['not yaml: [', 'yaml: line 1: did not find expected node content'],
    ['}', 'yaml: did not find expected node content'],
    ['[a,,b]', 'yaml: did not find expected node content'],
    ['a: "x', 'yaml: found unexpected end of stream'],
    ['a: @b', 'yaml: found character that cannot start any token'],
    ['a:\n\tb: 1', 'yaml: line 2: found character that cannot start any token'],
    ['a: b\n\tc: d', 'yaml: line 2: found a tab character that violates indentation'],
    ['- a\nb: c', "yaml: line 1: did not find expected '-' indicator"],
    ['a: 1\n- b', 'yaml: line 1: did not find expected key'],
    ['a:\n  b: 1\n c: 2', 'yaml: line 2: did not find expected key'],
    ['a: - b', 'yaml: block sequence entries are not allowed in this context'],
    ['a: "x" y', 'yaml: did not find expected key'],
    ['a: |x\n  y', 'yaml: did not find expected comment or line break'],
    ['a: "\\q"', 'yaml: found unknown escape character'],
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['a: &a\n  b: *a', "yaml: anchor 'a' value contains itself"],
    ['a: \u0007', 'yaml: control characters are not allowed'],
    ['<<: 1', 'yaml: map merge requires map or sequence of maps as the value'],
    ['? [a]\n: 1', 'yaml: invalid map key: []interface {}{"a"}'],
    ['~: 1', 'unsupported map key of type: %!s(<nil>), key: <nil>, value: 1'],
    ['a: .nan', 'json: unsupported value: NaN'],
    ['a: !!int x', 'yaml: cannot decode !!str `x` as a !!int'],
    ['a: !!binary "!"', 'yaml: !!binary value contains invalid base64 data'],
  ] as const)
    it(`${JSON.stringify(text)} → ${sentence}`, () => expect(() => parseYaml(text)).toThrow(new YamlError(sentence)));

  it('and so is nesting that no stack would hold, by brackets, by dashes, by indentation and by aliases', () => {
    const depth = 3000;
    const indented = Array.from({ length: depth }, (_, at) => `${' '.repeat(at)}a:`).join('\n');
    const aliases = Array.from({ length: depth }, (_, at) => `a${at + 1}: &a${at + 1} [${at === 0 ? '' : `*a${at}`}]`).join('\n');
    for (const text of ['['.repeat(depth), '{a: '.repeat(depth), '- '.repeat(depth), '? '.repeat(depth), indented, aliases])
      expect(() => parseYaml(text)).toThrow(/^yaml: (?:exceeded max depth of 250|document contains excessive aliasing)$/);
  });
  it('and so is little text that means much', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...[...'bcdefghi'].map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
    ].join('\n');
    expect(() => parseYaml(bomb)).toThrow('yaml: document contains excessive aliasing');
  });
  it('and nothing is refused otherwise than by a YamlError', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      ': ',
      ':',
      '- ',
      '\n',
      '\n  ',
      '[',
      ']',
      '{',
      '}',
      ',',
      ' ',
      '"',
      "'",
      '# ',
      '1',
      '&a ',
      '*a',
      '!t ',
      '|',
      '>',
      '? ',
      '~',
      '<<',
      '%',
      '---\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            decodeYaml(text);
          } catch (error) {
            expect(error).toBeInstanceOf(YamlError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
