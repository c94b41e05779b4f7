/** Which keys a list is about, in words and as bytes. */
import type { GetOptions } from 'lmdb';
import { compareKeys, maxKeyBytes } from '../keys.js';

/** Names the snapshot to read. */
export type At = Required<GetOptions>;

export interface Page {
  readonly prefix: string;
  readonly startKey?: string;
  /** 0: all. */
  readonly limit: number;
}

/** Bounds of a range of keys, for `current` and `changes` alike. */
export interface Bounds {
  readonly start: Uint8Array;
  readonly end: Uint8Array | undefined;
}

/** Undefined when no key can have the prefix. */
export function boundsOf({ prefix, startKey }: Page): Bounds | undefined {
  const start = Buffer.from(startKey !== undefined && compareKeys(startKey, prefix) > 0 ? startKey : prefix);
  const end = Buffer.from(prefix);
  if (end.length > maxKeyBytes) return undefined;
  // No byte of UTF-8 is 255, so that the last one can be counted up.
  if (end.length > 0) end[end.length - 1]!++;
  // A longer start lies between the same keys as its beginning, which is already longer than any key.
  const bounded = start.length === 0 ? Buffer.of(0) : start.subarray(0, maxKeyBytes + 1);
  return { start: bounded, end: end.length > 0 ? end : undefined };
}
