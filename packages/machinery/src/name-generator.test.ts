import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateName } from './name-generator.js';
import { nameIsDNSLabel } from './names.js';

describe('a generated name', () => {
  it('is the base and five characters that form no words', () => {
    expect(generateName('web-')).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
  it('comes from the given randomness', () => {
    expect(generateName('web-', () => 0)).toBe('web-bbbbb');
    expect(generateName('web-', (max) => max - 1)).toBe('web-99999');
  });
  it('is a valid label for every base that is a valid prefix, however long', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,80}$/), (base) => {
        expect(nameIsDNSLabel(generateName(base))).toEqual([]);
      }),
    );
  });
});
