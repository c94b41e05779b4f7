import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatchError } from './patch-error.js';
import { type FieldPatchMeta, type PatchMeta, strategicMergePatch } from './strategic-merge-patch.js';

/** A type whose fields are patched as written here; the built-in types' own metadata is tested where it is. */
const struct = (fields: Record<string, Partial<FieldPatchMeta>>): PatchMeta => {
  const find = (name: string): FieldPatchMeta => {
    if (!fields[name]) throw new PatchError(`no field ${name}`);
    return { type: struct({}), ...fields[name] };
  };
  return { kind: 'struct', object: find, list: find };
};

const pod = struct({
  tags: { strategy: 'merge' },
  args: {},
  labels: {},
  union: {},
  whole: { strategy: 'replace' },
  containers: { strategy: 'merge', mergeKey: 'name', type: struct({ env: { strategy: 'merge', mergeKey: 'name' } }) },
});

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
};
const patched = (document: object, patch: unknown): unknown => strategicMergePatch(freeze(document), freeze(patch), pod);
const names = (value: unknown): string => (value as { containers: { name: string }[] }).containers.map(({ name }) => name).join(' ');
const containers = (text: string): { containers: { name: string }[] } => ({ containers: [...text].map((name) => ({ name })) });

describe('a strategic merge patch', () => {
  it('merges objects, and takes out what is null', () =>
    expect(patched({ labels: { a: '1', b: '2' } }, { labels: { a: null, c: '3' } })).toEqual({ labels: { b: '2', c: '3' } }));
  it('replaces lists that are not merged, and objects whose strategy says so', () =>
    expect(patched({ args: ['x', 'y'], whole: { a: 1 } }, { args: ['z'], whole: { b: 1 } })).toEqual({ args: ['z'], whole: { b: 1 } }));
  it('merges lists of objects by their key, new items first', () =>
    expect(
      patched(
        { containers: [{ name: 'a', env: [{ name: 'x', value: '1' }] }] },
        { containers: [{ name: 'b' }, { name: 'a', env: [{ name: 'x', value: '2' }] }] },
      ),
    ).toEqual({
      containers: [{ name: 'b' }, { name: 'a', env: [{ name: 'x', value: '2' }] }],
    }));
  it('adds to lists of scalars, and deletes from them before it does', () =>
    expect(patched({ tags: ['a', 'b'] }, { tags: ['c', 'b'], '$deleteFromPrimitiveList/tags': ['a'] })).toEqual({ tags: ['c', 'b'] }));
  it('keeps the order that $setElementOrder gives, and puts what the patch does not know where it stood', () => {
    expect(names(patched(containers('axb'), { ...containers('b'), '$setElementOrder/containers': containers('bca').containers }))).toBe('x b a');
    expect(names(patched(containers('axb'), { '$setElementOrder/containers': containers('ab').containers }))).toBe('a x b');
  });
  it('deletes items by key, and replaces whole lists and objects', () => {
    expect(names(patched(containers('ab'), { containers: [{ name: 'a', $patch: 'delete' }] }))).toBe('b');
    expect(names(patched(containers('ab'), { containers: [{ $patch: 'replace' }, { name: 'c' }] }))).toBe('c');
    expect(patched({ labels: { a: '1' } }, { labels: { $patch: 'replace', b: '2' } })).toEqual({ labels: { b: '2' } });
    expect(patched({ labels: { a: '1' } }, { labels: { $patch: 'delete' } })).toEqual({ labels: {} });
  });
  it('retains of a union what $retainKeys names', () =>
    expect(patched({ union: { type: 'A', a: 1 } }, { union: { $retainKeys: ['type', 'b'], type: 'B', b: 2 } })).toEqual({ union: { type: 'B', b: 2 } }));
  it('leaves directives and nulls out of what is new', () =>
    expect(patched({}, { labels: { a: null, b: { $patch: 'delete' }, c: '1' }, containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({
      labels: { c: '1' },
      containers: [],
    }));
  it('treats names like __proto__ as any other', () =>
    expect(JSON.stringify(patched({}, JSON.parse('{"__proto__":{"x":1},"constructor":{"y":2}}')))).toBe('{"__proto__":{"x":1},"constructor":{"y":2}}'));

  it('that changes nothing gives what there was', () => {
    const document = fc.record(
      { labels: fc.dictionary(fc.string(), fc.string()), args: fc.array(fc.string()), tags: fc.uniqueArray(fc.string()) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, (value) => {
        expect(patched(value, {})).toEqual(value);
        expect(patched(value, value)).toEqual(value);
      }),
    );
  });
  it('keeps each of the patch’s items once, in the order it gives', () => {
    const keys = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1 });
    fc.assert(
      fc.property(keys, keys, (before, change) => {
        const result = names(
          patched(containers(before.join('')), { ...containers(change.join('')), '$setElementOrder/containers': containers(change.join('')).containers }),
        ).split(' ');
        expect(result.filter((name) => change.includes(name))).toEqual(change);
        expect(result.filter((name) => before.includes(name) && !change.includes(name))).toEqual(before.filter((name) => !change.includes(name)));
      }),
    );
  });
});

describe('a strategic merge patch is refused', () => {
  for (const [title, document, patch, sentence, status] of [
    ['that is no object', {}, [], 'invalid JSON document', 400],
    ['whose items lack the merge key', containers('a'), { containers: [{ image: 'x' }] }, 'map: map[image:x] does not contain declared merge key: name'],
    ['with a directive that there is not', { labels: {} }, { labels: { $patch: 'x', b: [1] } }, 'unknown patch type: x in map: map[$patch:x b:[1]]'],
    ['whose items are of other types', { tags: ['a'] }, { tags: [1] }, 'list element types are not identical: [[a] [1]]'],
    ['with lists in a merged list', { tags: [] }, { tags: [[]] }, 'lists of lists are not supported', 422],
    [
      'whose items are not in the order that it gives',
      containers('a'),
      { ...containers('b'), '$setElementOrder/containers': [{ name: 'a' }] },
      "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
    ],
    ['that sets what it does not retain', { union: { a: 1 } }, { union: { $retainKeys: ['a'], b: 1 } }, 'invalid patch format of retainKeys', 400],
    ['that orders something other than a list', { labels: {} }, { '$setElementOrder/labels': 'x' }, 'expected a []interface {}, but received a string'],
    ['that orders no field', {}, { $setElementOrder: [] }, 'invalid patch format of setElementOrder list', 400],
    ['that deletes from no field', {}, { $deleteFromPrimitiveList: [] }, 'invalid patch format of primitive list', 400],
  ] as const)
    it(title, () => {
      const error = (() => {
        try {
          return patched(document, patch);
        } catch (refusal) {
          return refusal;
        }
      })();
      expect(error).toEqual(new PatchError(sentence, status));
      expect((error as PatchError).status).toBe(status);
    });
});
