import { applyJsonPatch } from '@apiserver-kit/machinery';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonDiff } from './json-diff.js';

const name = fc.string({ minLength: 1, maxLength: 4 }).filter((text) => text !== '__proto__');
const { object } = fc.letrec((tie) => ({
  object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }), tie('object')),
}));

it('what has changed makes the one the other', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      expect(applyJsonPatch(before, jsonDiff(before, after))).toEqual(after);
    }),
  );
});

it('nothing has changed between equals', () => {
  expect(jsonDiff({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
});

it('names are escaped as in pointers', () => {
  expect(jsonDiff({}, { 'a/b~c': 1 })).toEqual([{ op: 'add', path: '/a~1b~0c', value: 1 }]);
});
