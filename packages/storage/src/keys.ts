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

const beyondSurrogates = /[\ud800-\uffff]/;
const everyBeyond = /[\ud800-\uffff]/g;

/**
 * A string that the language's own `<` puts where the bytes of the key's UTF-8 belong, which is how etcd and lmdb order keys. For almost
 * every key it is the key itself. It begins with the sort key of everything that the key begins with.
 *
 * UTF-16 has surrogates (code points from U+10000) below U+E000–U+FFFF, UTF-8 has them above: here they change places. To compare unit by
 * unit instead made a search among 10,000 keys take five times as long.
 */
export function sortKey(key: string): string {
  if (!beyondSurrogates.test(key)) return key;
  return key.replace(everyBeyond, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code < 0xe000 ? code + 0x2000 : code - 0x800);
  });
}

/** Orders strings by the language's `<`. */
export const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Orders keys as the bytes of their UTF-8 are ordered. */
export const compareKeys = (a: string, b: string): number => compareText(sortKey(a), sortKey(b));
