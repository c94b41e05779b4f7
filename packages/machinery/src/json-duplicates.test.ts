import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateFields } from './json-duplicates.js';

const inText = (text: string): string[] => duplicateFields(text, JSON.parse(text));

describe('members that are given twice', () => {
  it('are named by their paths, each once, in the order of the text', () => {
    expect(inText('{"metadata":{"name":"a","name":"a"},"spec":{"nope":2,"nope":3,"nope":4}}')).toEqual(['metadata.name', 'spec.nope']);
    expect(inText('[{"op":"add"},{"op":"add", "op" : "test"}]')).toEqual(['[1].op']);
    expect(inText('{"a":[{"b":1,"b":{"c":1,"c":2}}]}')).toEqual(['a[0].b', 'a[0].b.c']);
  });

  it('are found whatever escapes stand in their names', () => {
    expect(inText('{"\\u0061":1,"a":2}')).toEqual(['a']);
    expect(inText('{"a\\"b":1,"a\\"b":2,"\\\\":"\\\\"}')).toEqual(['a"b']);
  });

  it('are not found where there are none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(duplicateFields(text, JSON.parse(text))).toEqual([]);
      }),
    );
  });
});
