/** Keys: their order, and which strings can be one. */

/** Longest key in bytes of UTF-8, so that every backend can hold it. */
export const maxKeyBytes = 1900;

// NUL ends a key on disk; a surrogate on its own has no UTF-8.
const unwritable = /[\0\ud800-\udfff]/u;

const isTooLong = (key: string): boolean => key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes;

/** Whether a key could have been written: no other is ever there. */
export const isKey = (key: string): boolean => key !== '' && !isTooLong(key) && !unwritable.test(key);

/**
 * Refuses what cannot be a key.
 * @throws Error for an empty or too long key, and for one with a NUL or half a surrogate pair.
 */
export function assertKey(key: string): void {
  if (key === '') throw new Error('expected a key, got an empty string');
  if (unwritable.test(key)) throw new Error(`expected a key of Unicode text without NUL, got ${JSON.stringify(key)}`);
  if (isTooLong(key)) throw new Error(`expected a key of at most ${maxKeyBytes} bytes`);
}

// UTF-16 has surrogates (code points from U+10000) below U+E000–U+FFFF, UTF-8 has them above: move them there.
const inByteOrder = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Orders keys as the bytes of their UTF-8 are ordered, which is how etcd and lmdb have them. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return inByteOrder(x) - inByteOrder(y);
  }
  return a.length - b.length;
}
