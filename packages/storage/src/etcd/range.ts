/** Which keys a request is about, in etcd's terms. */
import { isKey } from '../keys.js';

/** Sorts before every key, and is none: keys have no NUL. As the end of a range it stands for the end of all keys. */
export const noKey = Buffer.from('\0');

/** The bytes of a key; of one that cannot be there, those of a key that never is. */
export const keyBytes = (key: string): Buffer => (isKey(key) ? Buffer.from(key) : noKey);

/** The first of the keys that follow all that start with the prefix. UTF-8 has no byte 0xff, so the last byte can always be raised. */
function endOf(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]!++;
  return end;
}

export const everything = { key: noKey, range_end: noKey } as const;

/** The keys that start with the prefix, from the start key on. */
export function rangeOf(prefix: string, startKey?: string): { readonly key: Buffer; readonly range_end: Buffer } {
  const first = Buffer.from(prefix);
  const start = startKey === undefined ? first : Buffer.from(startKey);
  const key = start.compare(first) > 0 ? start : first;
  return { key: key.length === 0 ? noKey : key, range_end: first.length === 0 ? noKey : endOf(first) };
}
