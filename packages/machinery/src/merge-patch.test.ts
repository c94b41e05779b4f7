import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { applyMergePatch, decodeMergePatch } from './merge-patch.js';
import { PatchError } from './patch-error.js';

describe('a merge patch does what the reference does', () => {
  for (const { name, input, output, error } of vectors<{ document: unknown; patch: unknown }>('json-merge-patch'))
    it(`${name}: ${JSON.stringify(input.patch)}`, () => {
      const before = structuredClone(input.document);
      if (error !== undefined) expect(() => applyMergePatch(input.document, input.patch)).toThrow(new PatchError(error));
      else expect(applyMergePatch(input.document, input.patch)).toEqual(output);
      expect(input.document).toEqual(before);
    });
});

describe('a merge patch', () => {
  it('shares with the document what it did not change', () => {
    const document = { a: { b: 1 }, c: { d: 1 } };
    const result = applyMergePatch(document, { a: { b: 2 } }) as typeof document;
    expect(result).toEqual({ a: { b: 2 }, c: { d: 1 } });
    expect(result.c).toBe(document.c);
  });
  it('keeps the nulls of a list, and drops those of objects in a list that replaces a scalar', () => {
    expect(applyMergePatch({ a: 1, b: {} }, { a: [null, { x: null }], b: [null, { x: null }] })).toEqual({ a: [null, {}], b: [null, { x: null }] });
  });
  it('treats names like __proto__ as any other', () => {
    expect(JSON.stringify(applyMergePatch({}, JSON.parse('{"__proto__":{"x":1},"constructor":{"y":2}}')))).toBe('{"__proto__":{"x":1},"constructor":{"y":2}}');
  });
  it('is refused when it is not JSON', () => {
    expect(() => decodeMergePatch('{')).toThrow(new PatchError('Invalid JSON Patch'));
  });
  it('applied twice changes nothing more, unless there are nulls in its lists', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue());
    const patches = object.filter((patch) => !/\[.*null/.test(JSON.stringify(patch)));
    fc.assert(
      fc.property(object, patches, (document, patch) => {
        const once = applyMergePatch(document, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});
