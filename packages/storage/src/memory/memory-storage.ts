import { type Clock, systemClock } from '@apiserver-kit/machinery';
import { assertKey, compareKeys, compareText, sortKey } from '../keys.js';
import {
  ClosedError,
  ExpiredError,
  FutureRevisionError,
  type GetResult,
  type KeyValue,
  type ListOptions,
  type ListResult,
  type Storage,
  type StorageEvent,
  type Watch,
  type WatchOptions,
  type WatchSink,
  type WriteResult,
} from '../storage.js';
import { Watchers } from '../watchers.js';
import { SortedTree } from './sorted-tree.js';

export interface MemoryStorageOptions {
  /** Events kept for reads and watches of the past. Up to a sixteenth more are kept, so that they go in bulk. Default 10,000. */
  readonly historyEvents?: number;
  /** How long events are kept, in ms; they are looked at when something is written. Default five minutes. */
  readonly historyMs?: number;
  readonly clock?: Clock;
}

/** Storage in this process's memory: everything answers at once, without promises. */
export interface MemoryStorage extends Storage {
  get(key: string, options?: { readonly revision?: number }): GetResult;
  list(prefix: string, options?: ListOptions): ListResult;
  create(key: string, value: Uint8Array, options?: { readonly ttlSeconds?: number }): WriteResult;
  update(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly ttlSeconds?: number }): WriteResult;
  delete(key: string, expectedRevision: number): WriteResult;
  revision(): number;
  compact(revision: number): void;
  compactedRevision(): number;
  /**
   * A storage of its own that begins with all of this one's state and history, in constant time: both share what neither changes.
   * Watches stay behind. Options not given are those of this storage.
   */
  fork(options?: MemoryStorageOptions): MemoryStorage;
}

/** What a store looked like after a revision: reads of the past need nothing else. */
interface Version {
  readonly atMs: number;
  /** The change that made it; undefined for the empty beginning. */
  readonly event: StorageEvent | undefined;
  /** Under the sort keys of their keys. */
  readonly entries: SortedTree<string, KeyValue>;
}

/** Everything a store is. It is replaced as a whole and made of persistent trees, so that sharing it is a fork. */
interface State {
  readonly revision: number;
  readonly compacted: number;
  readonly entries: SortedTree<string, KeyValue>;
  /** A version for each revision from the oldest that can be read up to the newest. */
  readonly history: SortedTree<number, Version>;
  /** What goes by itself: the key that was given a time to live, by when that is over. */
  readonly leases: SortedTree<Lease, string>;
}

/** The entry is the one of `revision`: a key written again since has a lease of its own, or none. */
interface Lease {
  readonly atMs: number;
  readonly revision: number;
}

// As in etcd, so that an empty store has a revision that is not 0, which means "any" to clients.
const firstRevision = 1;
const longestTimerMs = 2 ** 31 - 1;
const numbers = (a: number, b: number): number => a - b;
const leases = (a: Lease, b: Lease): number => a.atMs - b.atMs || a.revision - b.revision;

function emptyState(atMs: number): State {
  const entries = SortedTree.empty<string, KeyValue>(compareText);
  const history = SortedTree.empty<number, Version>(numbers).set(firstRevision, { atMs, event: undefined, entries });
  return { revision: firstRevision, compacted: 0, entries, history, leases: SortedTree.empty(leases) };
}

/** An empty store. Nothing of it outlives the process. */
export const memoryStorage = (options: MemoryStorageOptions = {}): MemoryStorage => new Memory(options);

class Memory implements MemoryStorage {
  readonly #options: MemoryStorageOptions;
  readonly #clock: Clock;
  readonly #historyEvents: number;
  readonly #historyMs: number;
  readonly #watchers: Watchers;
  #state: State;
  #isClosed = false;
  #alarm: { readonly atMs: number; readonly cancel: () => void } | undefined = undefined;

  constructor(options: MemoryStorageOptions, state?: State) {
    const { historyEvents = 10_000, historyMs = 5 * 60_000, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#historyEvents = historyEvents;
    this.#historyMs = historyMs;
    this.#state = state ?? emptyState(clock.now());
    this.#watchers = new Watchers(this.#state.revision);
    this.#setAlarm();
  }

  get(key: string, { revision }: { readonly revision?: number } = {}): GetResult {
    const kv = this.#entriesAt(revision).get(sortKey(key));
    return { kv, revision: revision || this.#state.revision };
  }

  list(prefix: string, { revision, limit = 0, startKey }: ListOptions = {}): ListResult {
    const entries = this.#entriesAt(revision);
    const under = sortKey(prefix);
    const first = startKey !== undefined && compareKeys(startKey, prefix) > 0 ? sortKey(startKey) : under;
    const end = entries.rank((key) => key < under || key.startsWith(under));
    const from = Math.min(
      end,
      entries.rank((key) => key < first),
    );
    const to = limit > 0 ? Math.min(from + limit, end) : end;
    return { kvs: entries.values(from, to), revision: revision || this.#state.revision, remaining: end - to };
  }

  create(key: string, value: Uint8Array, { ttlSeconds }: { readonly ttlSeconds?: number } = {}): WriteResult {
    this.#assertOpen();
    assertKey(key);
    const current = this.#state.entries.get(sortKey(key));
    return current ? this.#refused(current) : this.#put(key, value, undefined, ttlSeconds);
  }

  update(key: string, value: Uint8Array, expectedRevision: number, { ttlSeconds }: { readonly ttlSeconds?: number } = {}): WriteResult {
    this.#assertOpen();
    const current = this.#state.entries.get(sortKey(key));
    return current?.modRevision === expectedRevision ? this.#put(key, value, current, ttlSeconds) : this.#refused(current);
  }

  delete(key: string, expectedRevision: number): WriteResult {
    this.#assertOpen();
    const current = this.#state.entries.get(sortKey(key));
    if (current?.modRevision !== expectedRevision) return this.#refused(current);
    const { value, createRevision, modRevision } = current;
    const revision = this.#state.revision + 1;
    this.#commit({ type: 'delete', key, value, prevValue: value, prevRevision: modRevision, revision }, this.#state.entries.delete(sortKey(key)));
    return { ok: true, kv: { key, value, createRevision, modRevision: revision } };
  }

  watch(prefix: string, { afterRevision }: WatchOptions, sink: WatchSink): Watch {
    this.#assertOpen();
    const { revision, compacted, history } = this.#state;
    const after = afterRevision ?? revision;
    if (after < compacted) return this.#watchers.refuse(prefix, sink, new ExpiredError(compacted));
    const past: StorageEvent[] = [];
    if (after < revision) {
      const versions = history.values(after + 1 - this.#oldest, history.size);
      for (const { event } of versions) if (event?.key.startsWith(prefix)) past.push(event);
    }
    return this.#watchers.add(prefix, sink, after, past);
  }

  revision(): number {
    this.#assertOpen();
    return this.#state.revision;
  }

  compact(revision: number): void {
    this.#assertOpen();
    if (revision > this.#state.revision) throw new FutureRevisionError(revision, this.#state.revision);
    if (revision <= this.#state.compacted) return;
    this.#state = { ...this.#state, compacted: revision, history: this.#state.history.dropFirst(revision - this.#oldest) };
  }

  compactedRevision(): number {
    this.#assertOpen();
    return this.#state.compacted;
  }

  fork(options: MemoryStorageOptions = {}): MemoryStorage {
    this.#assertOpen();
    return new Memory({ ...this.#options, ...options }, this.#state);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#alarm?.cancel();
    this.#watchers.close();
    this.#state = emptyState(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The revision of the oldest version in `history`. */
  get #oldest(): number {
    return Math.max(this.#state.compacted, firstRevision);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new ClosedError();
  }

  #entriesAt(revision: number | undefined): SortedTree<string, KeyValue> {
    this.#assertOpen();
    const state = this.#state;
    if (!revision || revision === state.revision) return state.entries;
    if (revision > state.revision) throw new FutureRevisionError(revision, state.revision);
    if (revision < state.compacted) throw new ExpiredError(state.compacted);
    return state.history.at(revision - this.#oldest)!.entries;
  }

  #refused(current: KeyValue | undefined): WriteResult {
    return { ok: false, current, revision: this.#state.revision };
  }

  #put(key: string, value: Uint8Array, current: KeyValue | undefined, ttlSeconds = 0): WriteResult {
    const revision = this.#state.revision + 1;
    const kv: KeyValue = { key, value, createRevision: current?.createRevision ?? revision, modRevision: revision };
    const event: StorageEvent = { type: 'put', key, value, prevValue: current?.value, prevRevision: current?.modRevision ?? 0, revision };
    this.#commit(event, this.#state.entries.set(sortKey(key), kv), ttlSeconds);
    return { ok: true, kv };
  }

  #commit(event: StorageEvent, entries: SortedTree<string, KeyValue>, ttlSeconds = 0): void {
    const state = this.#state;
    const { revision, key } = event;
    const atMs = this.#clock.now();
    const history = state.history.set(revision, { atMs, event, entries });
    const drop = this.#outdated(history, atMs);
    this.#state = {
      revision,
      entries,
      history: history.dropFirst(drop),
      compacted: drop > 0 ? this.#oldest + drop : state.compacted,
      leases: ttlSeconds > 0 ? state.leases.set({ atMs: atMs + ttlSeconds * 1000, revision }, key) : state.leases,
    };
    if (ttlSeconds > 0) this.#setAlarm();
    this.#watchers.publish([event]);
  }

  /** How many versions are more than the options ask for; a whole number of steps, so that most writes drop nothing. */
  #outdated(history: SortedTree<number, Version>, nowMs: number): number {
    const step = Math.max(this.#historyEvents >> 4, 1);
    let drop = 0;
    while (history.size - drop > this.#historyEvents + step) drop += step;
    while (history.size - drop > step && history.at(drop + step)!.atMs <= nowMs - this.#historyMs) drop += step;
    return drop;
  }

  #setAlarm(): void {
    const { atMs } = this.#state.leases.firstKey() ?? {};
    if (this.#isClosed || atMs === undefined || (this.#alarm && this.#alarm.atMs <= atMs)) return;
    this.#alarm?.cancel();
    const delay = Math.min(Math.max(atMs - this.#clock.now(), 0), longestTimerMs);
    this.#alarm = { atMs, cancel: this.#clock.after(delay, () => this.#expire()) };
  }

  #expire(): void {
    this.#alarm = undefined;
    const now = this.#clock.now();
    for (let lease = this.#state.leases.firstKey(); lease && lease.atMs <= now; lease = this.#state.leases.firstKey()) {
      const key = this.#state.leases.at(0)!;
      this.#state = { ...this.#state, leases: this.#state.leases.dropFirst(1) };
      this.delete(key, lease.revision);
      if (this.#isClosed) return;
    }
    this.#setAlarm();
  }
}
