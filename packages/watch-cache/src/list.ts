import { sortKey } from '@apiserver-kit/storage';
import type { Entry } from './entry.js';
import { entryPredicate, type Selection } from './selection.js';
import { prefixEnd, type SortedMap } from './sorted-map.js';

export interface CacheList {
  readonly entries: readonly Entry[];
  /** The resourceVersion the list is of. */
  readonly resourceVersion: number;
  /** Set when there is more: where the next page begins, and how many follow (unknown under a selector). */
  readonly next: { readonly startKey: string; readonly remaining: number | undefined } | undefined;
}

export interface CacheListOptions {
  /** 0: all. */
  readonly limit?: number;
  /** Where a page begins: a key, or what `next` said. */
  readonly startKey?: string;
}

/** Where the keys that a selection can be about begin: those of its namespace, or all. */
export const keyPrefix = (prefix: string, { namespace }: Selection): string => (namespace ? `${prefix}${namespace}/` : prefix);

/** What `next` says after a page: right after its last key, as the reference's continue tokens do. */
export const keyAfter = (key: string): string => `${key}\0`;

/** The entries of a selection in a map of sort keys, and what follows them. */
export function listFrom(map: SortedMap<Entry>, resourceVersion: number, prefix: string, selection: Selection, options: CacheListOptions): CacheList {
  const { limit = 0, startKey } = options;
  const [first, end] = rangeOf(map, prefix, selection);
  let from = first;
  if (startKey !== undefined && sortKey(startKey) > first) from = sortKey(startKey);
  const matches = entryPredicate(selection);
  const { name } = selection;
  const isSelective = matches !== undefined || Boolean(name);
  if (!isSelective && limit === 0) return { entries: map.values(from, end), resourceVersion, next: undefined };
  const entries: Entry[] = [];
  map.visit(from, end, (entry) => {
    if ((!name || entry.name === name) && (!matches || matches(entry))) entries.push(entry);
    return limit === 0 || entries.length < limit;
  });
  return { entries, resourceVersion, next: limit > 0 && entries.length === limit ? nextOf(map, entries[limit - 1]!, end, isSelective) : undefined };
}

// The reference says that there is more when there are more objects, whether or not the selector takes any of them.
function nextOf(map: SortedMap<Entry>, last: Entry, end: string, isSelective: boolean): CacheList['next'] {
  const startKey = keyAfter(last.key);
  const remaining = map.count(sortKey(startKey), end);
  return remaining === 0 ? undefined : { startKey, remaining: isSelective ? undefined : remaining };
}

/** The range of sort keys that a selection can be about: one key, where its name and namespace make one. */
function rangeOf(map: SortedMap<Entry>, prefix: string, selection: Selection): [first: string, end: string] {
  const under = sortKey(keyPrefix(prefix, selection));
  const { namespace, name } = selection;
  if (name) {
    const key = under + sortKey(name);
    // Without a namespace the name makes a key only where objects have none.
    if (namespace || map.get(key)?.namespace === '') return [key, keyAfter(key)];
  }
  return [under, prefixEnd(under)];
}
