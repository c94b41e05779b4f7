import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertKey, compareKeys, sortKey } from './keys.js';

describe('compareKeys', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 });
    fc.assert(fc.property(text, text, (a, b) => Math.sign(compareKeys(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
});

describe('sortKey', () => {
  it('keeps prefixes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 });
    fc.assert(fc.property(text, text, (a, b) => sortKey(a + b).startsWith(sortKey(a))));
  });

  it('is the key itself below the surrogates', () => {
    expect(sortKey('/registry/é/名')).toBe('/registry/é/名');
  });
});

describe('assertKey', () => {
  it.each([
    ['an empty key', ''],
    ['a NUL', '/a\0b'],
    ['half a surrogate pair', '/\ud83d'],
    ['1,901 bytes', `/${'é'.repeat(950)}`],
  ])('refuses %s', (_, key) => {
    expect(() => assertKey(key)).toThrow(/expected a key/);
  });

  it('takes 1,900 bytes', () => {
    expect(() => assertKey('x'.repeat(1900))).not.toThrow();
  });
});
