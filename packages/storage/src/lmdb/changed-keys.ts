/** Which keys have changed since a revision: what a list of the past has to undo. */
import { compareKeys } from '../keys.js';
import type { Environment } from './environment.js';
import { type At, boundsOf, type Page } from './page.js';

export interface ChangedKey {
  readonly key: string;
  /** The first change after the revision that is asked for. */
  readonly firstRevision: number;
  /** Whether the key was there at that revision. */
  readonly wasThere: boolean;
  /** Whether it is there now. */
  isThere: boolean;
}

// Pages of a list that is under way are a few seconds old: their part of the log is short, while the index has five minutes of changes.
const nearby = 1000;

/** The keys of a page that have changed after a revision, in order. `newest` is the revision of the snapshot. */
export const changedKeys = (environment: Environment, at: At, revision: number, newest: number, page: Page): ChangedKey[] =>
  newest - revision <= nearby ? changedInLog(environment, at, revision, page) : changedInIndex(environment, at, revision, page);

const isInPage = (key: string, { prefix, startKey }: Page): boolean => key.startsWith(prefix) && (startKey === undefined || compareKeys(key, startKey) >= 0);

/** Reads all changes after the revision. */
export function changedInLog({ log }: Environment, at: At, revision: number, page: Page): ChangedKey[] {
  const changed = new Map<string, ChangedKey>();
  for (const { key: changeRevision, value } of log.getRange({ start: revision + 1, ...at })) {
    const { key, isDeletion, before } = value;
    if (!isInPage(key, page)) continue;
    const known = changed.get(key);
    if (known) known.isThere = !isDeletion;
    else changed.set(key, { key, firstRevision: changeRevision as number, wasThere: before !== undefined, isThere: !isDeletion });
  }
  return [...changed.values()].sort((a, b) => compareKeys(a.key, b.key));
}

/** Reads all changes of the page's keys. */
export function changedInIndex({ changes }: Environment, at: At, revision: number, page: Page): ChangedKey[] {
  const changed: ChangedKey[] = [];
  for (const { key: change, value } of changes.getRange({ ...boundsOf(page), ...at })) {
    const [key, changeRevision] = change as [string, number];
    // The bounds are those of bare keys: the changes of a key follow it after a NUL, where a start key that ends in NUL lies too.
    if (changeRevision <= revision || !isInPage(key, page)) continue;
    const last = changed.at(-1);
    if (last?.key === key) last.isThere = value.isThere;
    else changed.push({ key, firstRevision: changeRevision, ...value });
  }
  return changed;
}
