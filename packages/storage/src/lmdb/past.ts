/** Reads: of now, and of the past by undoing changes. Every function reads one snapshot. */
import { compareKeys, isKey } from '../keys.js';
import type { KeyValue, ListResult, StorageEvent } from '../storage.js';
import { changedKeys } from './changed-keys.js';
import type { EntryRecord } from './codecs.js';
import type { Environment } from './environment.js';
import { type At, boundsOf, type Page } from './page.js';

const lastRevision = Number.MAX_SAFE_INTEGER;

const withKey = (key: string, { value, createRevision, modRevision }: EntryRecord): KeyValue => ({ key, value, createRevision, modRevision });

/** The entry of a key as it is now. */
export function entryNow({ current }: Environment, at: At, key: string): KeyValue | undefined {
  const record = isKey(key) ? current.get(key, at) : undefined;
  return record && withKey(key, record);
}

/** The entry of a key as it was at a revision that has not been compacted. */
export function entryThen(environment: Environment, at: At, key: string, revision: number): KeyValue | undefined {
  if (!isKey(key)) return undefined;
  const { changes, log } = environment;
  for (const change of changes.getKeys({ start: [key, revision + 1], end: [key, lastRevision], limit: 1, ...at })) {
    const before = log.get((change as [string, number])[1], at)?.before;
    return before && withKey(key, before);
  }
  return entryNow(environment, at, key);
}

/** The entries under a prefix as they are now. */
export function listNow({ current }: Environment, at: At, revision: number, page: Page): ListResult {
  const bounds = boundsOf(page);
  if (!bounds) return { kvs: [], revision, remaining: 0 };
  const kvs: KeyValue[] = [];
  for (const { key, value } of current.getRange({ ...bounds, limit: page.limit || undefined, ...at })) kvs.push(withKey(key as string, value));
  const isFull = page.limit > 0 && kvs.length === page.limit;
  const remaining = isFull ? current.getKeysCount({ start: kvs.at(-1)!.key, exclusiveStart: true, end: bounds.end, ...at }) : 0;
  return { kvs, revision, remaining };
}

/** The entries under a prefix as they were at a revision that has not been compacted. */
export function listThen(environment: Environment, at: At, revision: number, newest: number, page: Page): ListResult {
  const bounds = boundsOf(page);
  if (!bounds) return { kvs: [], revision, remaining: 0 };
  const { current, log } = environment;
  const changed = changedKeys(environment, at, revision, newest, page);
  if (changed.length === 0) return listNow(environment, at, revision, page);

  const limit = page.limit || Number.POSITIVE_INFINITY;
  const kvs: KeyValue[] = [];
  let next = 0;
  /** Takes keys of the past up to and including `key`; says whether `key` itself was among them. */
  const takeChanged = (key: string | undefined): boolean => {
    for (; next < changed.length && kvs.length < limit; next++) {
      const one = changed[next]!;
      const order = key === undefined ? -1 : compareKeys(one.key, key);
      if (order > 0) return false;
      const before = one.wasThere ? log.get(one.firstRevision, at)?.before : undefined;
      if (before) kvs.push(withKey(one.key, before));
      if (order === 0) {
        next++;
        return true;
      }
    }
    return false;
  };
  for (const { key, value } of current.getRange({ ...bounds, ...at })) {
    const isChanged = takeChanged(key as string);
    if (kvs.length >= limit) break;
    if (!isChanged) kvs.push(withKey(key as string, value));
    if (kvs.length >= limit) break;
  }
  takeChanged(undefined);
  if (kvs.length < limit) return { kvs, revision, remaining: 0 };

  const last = kvs.at(-1)!.key;
  let remaining = current.getKeysCount({ start: last, exclusiveStart: true, end: bounds.end, ...at });
  for (const { key, wasThere, isThere } of changed) if (compareKeys(key, last) > 0) remaining += Number(wasThere) - Number(isThere);
  return { kvs, revision, remaining };
}

/** What happened under a prefix after one revision, up to another, which is the snapshot's newest. */
export function eventsAfter({ log, current }: Environment, at: At, prefix: string, after: number, newest: number): StorageEvent[] {
  const events: StorageEvent[] = [];
  for (const { key: revision, value: record } of log.getRange({ start: after + 1, end: newest + 1, ...at })) {
    if (!record.key.startsWith(prefix)) continue;
    const { key, isDeletion, before } = record;
    const value = isDeletion ? before!.value : noValue;
    events.push({
      type: isDeletion ? 'delete' : 'put',
      key,
      value,
      prevValue: before?.value,
      prevRevision: before?.modRevision ?? 0,
      revision: revision as number,
    });
  }
  // From the newest back: what a change wrote is what the next change of its key found, or what is there now.
  const found = new Map<string, Uint8Array | undefined>();
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]!;
    if (event.type === 'put') events[i] = { ...event, value: (found.has(event.key) ? found.get(event.key) : current.get(event.key, at)?.value)! };
    found.set(event.key, event.prevValue);
  }
  return events;
}

const noValue = Buffer.alloc(0);
