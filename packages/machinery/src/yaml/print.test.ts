import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEqual } from '../json-equal.js';
import { decodeYaml, stringifyYaml } from './index.js';

describe('a value is printed as sigs.k8s.io/yaml prints it', () => {
  for (const [value, text] of [
    [null, 'null\n'],
    ['', '""\n'],
    [{}, '{}\n'],
    [[], '[]\n'],
    [{ b: 1, a: [1, { x: 1, y: [] }], c: {} }, 'a:\n- 1\n- x: 1\n  "y": []\nb: 1\nc: {}\n'],
    [[[1, [2]], []], '- - 1\n  - - 2\n- []\n'],
    [{ k10: 1, k9: 2, K: 3, _: 4, '10': 5, '9': 6 }, '_: 4\n"9": 6\n"10": 5\nK: 3\nk9: 2\nk10: 1\n'],
    [['yes', '1', '0x1f', 'null', '2020-01-01', '12:30', '1.5.2'], '- "yes"\n- "1"\n- "0x1f"\n- "null"\n- "2020-01-01"\n- "12:30"\n- 1.5.2\n'],
    [['a: b', 'a #b', '- a', '*a', ' x', "it's", 'a:', '#', "'"], "- 'a: b'\n- 'a #b'\n- '- a'\n- '*a'\n- ' x'\n- it's\n- 'a:'\n- '#'\n- ''''\n"],
    [['a\tb', '\u0001', '😀', 'é'], '- "a\\tb"\n- "\\x01"\n- "\\U0001F600"\n- é\n'],
    [{ a: 'x\ny', b: 'x\n', c: 'x\n\n', d: ' x\ny', e: 'x \ny' }, 'a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: |2-\n   x\n  y\ne: "x \\ny"\n'],
    [[1, 1.5, 1e21, 1e20, 1000000.5, 9007199254740993n], '- 1\n- 1.5\n- 1e+21\n- 1e+20\n- 1.0000005e+06\n- 9007199254740993\n'],
    [{ ['x'.repeat(129)]: { a: 1, b: [2] } }, `? ${'x'.repeat(129)}\n: a: 1\n  b:\n  - 2\n`],
    [{ a: 'word '.repeat(20).trim() }, `a: ${'word '.repeat(15)}word\n  ${'word '.repeat(4).trim()}\n`.replace(' \n', '\n')],
  ] as const)
    it(
      JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member)),
      () => expect(stringifyYaml(value)).toBe(text),
    );

  it('and is read back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        expect(jsonEqual(decodeYaml(stringifyYaml(json)).value, json)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
