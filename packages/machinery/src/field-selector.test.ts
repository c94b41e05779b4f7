import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { allFieldSelectors, type FieldRequirement, fieldEquals, fieldSelector, parseFieldSelector } from './field-selector.js';
import { SelectorError } from './selector-error.js';

describe('a field selector does what the reference does', () => {
  for (const { name, input, output, error } of vectors<
    { selector: string; fieldSets: Record<string, string>[] },
    { string: string; matches: boolean[]; empty: boolean }
  >('field-selector'))
    it(name, () => {
      if (error !== undefined) {
        expect(() => parseFieldSelector(input.selector)).toThrow(new SelectorError(error));
        return;
      }
      const selector = parseFieldSelector(input.selector);
      expect(String(selector)).toBe(output!.string);
      expect(input.fieldSets.map(selector.matches)).toEqual(output!.matches);
      expect(input.fieldSets.map((fields) => selector.matches(new Map(Object.entries(fields))))).toEqual(output!.matches);
      expect(selector.isEmpty).toBe(output!.empty);
    });
});

describe('a field selector', () => {
  it('tells the value that it demands of a field', () => {
    const selector = parseFieldSelector('metadata.name=x,spec.nodeName!=y');
    expect(selector.requiresExactMatch('metadata.name')).toBe('x');
    expect(selector.requiresExactMatch('spec.nodeName')).toBeUndefined();
  });
  it('is renamed field by field, and loses what becomes empty', () => {
    const selector = parseFieldSelector('a=b,c=d').transform((field, value) => (field === 'a' ? ['', ''] : [`x.${field}`, value]));
    expect(String(selector)).toBe('x.c=d');
  });
  it('lets a transform refuse a field', () => {
    expect(() =>
      parseFieldSelector('a=b').transform((field) => {
        throw new Error(`field label not supported: ${field}`);
      }),
    ).toThrow('field label not supported: a');
  });
  it('does not find fields that every JavaScript object seems to have', () => {
    expect(parseFieldSelector('constructor=').matches({})).toBe(true);
  });
  it('is combined with others', () => {
    expect(String(allFieldSelectors(fieldEquals('a', 'b,c'), parseFieldSelector('d!=e')))).toBe('a=b\\,c,d!=e');
  });
  it('reads its own text back', () => {
    const requirement = fc.record({
      field: fc.stringMatching(/^[a-z]{1,4}(\.[a-z]{1,4})?$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(requirement), (requirements) => {
        const text = String(fieldSelector(requirements));
        const sorted = (list: readonly FieldRequirement[]) => list.map((one) => JSON.stringify([one.field, one.operator, one.value])).sort();
        expect(sorted(parseFieldSelector(text).requirements)).toEqual(sorted(requirements));
      }),
    );
  });
  it('reads any text or refuses it as a selector', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!,\\ ') }), (text) => {
        try {
          parseFieldSelector(text).matches({ a: 'b' });
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
    );
  });
});
