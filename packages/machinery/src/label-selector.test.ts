import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { labelRequirement } from './label-requirement.js';
import { type LabelSelectorObject, labelSelector, labelSelectorFrom, labelSelectorFromSet, parseLabelSelector } from './label-selector.js';
import { SelectorError } from './selector-error.js';

interface Input {
  op: 'parse' | 'convert';
  selector: string;
  labelSelector: LabelSelectorObject | null;
  labelSets: Record<string, string>[];
}
interface Output {
  string: string;
  matches: boolean[];
  empty?: boolean;
  selectable?: boolean;
  requirements?: unknown[] | null;
}

describe('a label selector does what the reference does', () => {
  for (const { name, input, output, error } of vectors<Input, Output>('label-selector'))
    it(name, () => {
      const make = () => (input.op === 'parse' ? parseLabelSelector(input.selector) : labelSelectorFrom(input.labelSelector));
      if (error !== undefined) {
        expect(make).toThrow(new SelectorError(error));
        return;
      }
      const selector = make();
      expect(String(selector)).toBe(output!.string);
      expect(input.labelSets.map(selector.matches)).toEqual(output!.matches);
      if (input.op === 'convert') return;
      expect(selector.isEmpty).toBe(output!.empty);
      expect(selector.isSelectable).toBe(output!.selectable);
      expect(selector.requirements).toEqual(output!.requirements ?? []);
    });
});

describe('a label selector', () => {
  it('does not find labels that every JavaScript object seems to have', () => {
    expect(parseLabelSelector('constructor').matches({})).toBe(false);
    expect(parseLabelSelector('!toString').matches({})).toBe(true);
    expect(parseLabelSelector('constructor in (a,b)').matches({})).toBe(false);
  });
  it('treats an object without labels as one with none', () => {
    expect(parseLabelSelector('!a').matches(undefined)).toBe(true);
    expect(parseLabelSelector('a=b,c').matches(undefined)).toBe(false);
  });
  it('compares integers of 64 bits exactly', () => {
    expect(parseLabelSelector('a>9007199254740992').matches({ a: '9007199254740993' })).toBe(true);
    expect(parseLabelSelector('a<9007199254740993').matches({ a: '9007199254740993' })).toBe(false);
    expect(parseLabelSelector('a>1').matches({ a: '9223372036854775808' })).toBe(false);
  });
  it('tells the one value that it demands of a key', () => {
    expect(parseLabelSelector('a=b').requiresExactMatch('a')).toBe('b');
    expect(parseLabelSelector('a in (b)').requiresExactMatch('a')).toBe('b');
    expect(parseLabelSelector('a in (b,c)').requiresExactMatch('a')).toBeUndefined();
    expect(parseLabelSelector('a!=b').requiresExactMatch('a')).toBeUndefined();
  });
  it('selects nothing when the object has none', () => {
    const nothing = labelSelectorFrom(undefined);
    expect([nothing.matches({}), nothing.isEmpty, nothing.isSelectable]).toEqual([false, false, false]);
  });
  it('is made from a set of labels', () => {
    expect(String(labelSelectorFromSet({ c: 'd', a: 'b' }))).toBe('a=b,c=d');
  });
  it('ends its text at a NUL, as the reference does', () => {
    expect(String(parseLabelSelector('a=b\0,c'))).toBe('a=b');
  });

  const word = fc.stringMatching(/^[a-z]([a-z0-9]{0,4}[a-z0-9])?$/);
  const requirement = fc.oneof(
    fc.tuple(word, fc.constantFrom('=' as const, '==' as const, '!=' as const), fc.tuple(fc.oneof(word, fc.constant('')))),
    fc.tuple(word, fc.constantFrom('in' as const, 'notin' as const), fc.uniqueArray(fc.oneof(word, fc.constant('')), { minLength: 1, maxLength: 4 })),
    fc.tuple(word, fc.constantFrom('exists' as const, '!' as const), fc.constant([])),
    fc.tuple(word, fc.constantFrom('gt' as const, 'lt' as const), fc.tuple(fc.nat().map(String))),
  );
  it('reads its own text back', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 6 }), fc.array(fc.dictionary(word, word)), (requirements, objects) => {
        const selector = labelSelector(requirements.map(([key, operator, values]) => labelRequirement(key, operator, [...values])));
        const again = parseLabelSelector(String(selector));
        expect(String(again)).toBe(String(selector));
        expect(objects.map(again.matches)).toEqual(objects.map(selector.matches));
      }),
    );
  });
  it('reads any text or refuses it as a selector', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab=!(),<> in\tnot\0/') })), (text) => {
        try {
          parseLabelSelector(text).matches({ a: 'b' });
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
