import { type Clock, expired, systemClock } from '@apiserver-kit/machinery';
import { type MaybePromise, type Storage, type StorageEvent, type Watch, ExpiredError, FutureRevisionError } from '@apiserver-kit/storage';
import { CacheEvent } from './cache-event.js';
import { Entry, type FieldsOf } from './entry.js';
import { entryPredicate, type Selection } from './selection.js';
import { prefixEnd, SortedMap } from './sorted-map.js';
import { Watcher, type WatchReceiver } from './watcher.js';
import { EventWindow } from './window.js';

export interface CacherOptions {
  /** What objects can be selected by, besides name and namespace. */
  readonly fieldsOf?: FieldsOf;
  /** Events kept for watchers that resume. Default 10,000. */
  readonly windowEvents?: number;
  /** Bytes of events kept for watchers that resume. Default 16 MiB. */
  readonly windowBytes?: number;
  /** How often a watcher that asked for bookmarks gets one, in ms. Default a minute. */
  readonly bookmarkEveryMs?: number;
  /** Parsed forms kept beside the bytes. Default 2,000. */
  readonly maxParsed?: number;
  readonly clock?: Clock;
}

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
  /** Where a page begins: a key. */
  readonly startKey?: string;
}

/** Where a watch begins. `afterRevision`: with the changes after it. `initial`: with what is there now. */
export type WatchStart = { readonly afterRevision: number } | { readonly initial: true; readonly endBookmark?: boolean } | { readonly now: true };

/** Ordinal key of a parsed-object ring: see `#keepParsed`. */
const defaultParsed = 2_000;

/**
 * One resource's objects in memory, kept current by one watch on storage. All reads and watches are answered from here.
 *
 * It starts on first use. Over a backend in this process everything is synchronous: the list at the start, the events of each write before
 * the write is acknowledged, and so every read is of the newest state.
 */
export class Cacher implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #options: CacherOptions;
  #state: State | undefined = undefined;
  #starting: Promise<State> | undefined = undefined;
  #isClosed = false;
  #cancelTick: (() => void) | undefined = undefined;
  /** Watchers by `namespace/name` of their selection; an event looks under `/`, `ns/` and `ns/name`. */
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #wanting: { revision: number; resolve: () => void }[] = [];

  constructor(
    readonly storage: Storage,
    /** All keys of the resource start with it. Ends in a slash. */
    readonly prefix: string,
    options: CacherOptions = {},
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Loads the cache if it is not loaded yet. */
  ready(): MaybePromise<State> {
    return this.#state ?? this.#starting ?? this.#start();
  }

  /** The resourceVersion up to which the cache has seen everything; 0 before it has started. */
  get resourceVersion(): number {
    return this.#state?.revision ?? 0;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#state?.map.size ?? 0;
  }

  /** Loads the cache and brings it up to the newest revision of the storage. Answers at once over a backend in this process. */
  fresh(): MaybePromise<State> {
    const state = this.ready();
    if (state instanceof Promise) return state.then((s) => this.#caughtUp(s));
    return this.#caughtUp(state);
  }

  /** The state at or after a revision; waits until the cache has seen it. Does not end by itself: pass a deadline's signal. */
  async reached(revision: number, signal?: AbortSignal): Promise<State> {
    const state = await this.ready();
    if (state.revision >= revision) return state;
    state.watch.requestProgress();
    if (state.revision >= revision) return state;
    await new Promise<void>((resolve, reject) => {
      const waiter = { revision, resolve };
      this.#wanting.push(waiter);
      signal?.addEventListener(
        'abort',
        () => {
          const i = this.#wanting.indexOf(waiter);
          if (i >= 0) this.#wanting.splice(i, 1);
          reject(new Error('the wait for a revision was ended'));
        },
        { once: true },
      );
    });
    return state;
  }

  /** An object as the cache has it. Call after `fresh()` or `ready()`. */
  get(key: string): Entry | undefined {
    return this.#state?.byKey.get(key);
  }

  /** A list of what is there now. Call after `fresh()` or `ready()`. */
  list(selection: Selection, options: CacheListOptions = {}): CacheList {
    const state = this.#state;
    if (!state) throw new Error('the cache has not been loaded: await ready() or fresh() first');
    return listFrom(state.map, state.revision, this.prefix, selection, options);
  }

  /**
   * A list as of an older revision, from storage. Its entries are those of the cache where nothing has changed since.
   * @throws StatusError Expired when the revision has been compacted.
   */
  listAt(revision: number, selection: Selection, options: CacheListOptions = {}): MaybePromise<CacheList> {
    const state = this.#state;
    if (state && (revision === state.revision || (revision < state.revision && revision >= state.lastChange)))
      return listFrom(state.map, revision, this.prefix, selection, options);
    const build = ({ kvs }: { kvs: readonly { key: string; value: Uint8Array; modRevision: number }[] }): CacheList => {
      const entries = kvs.map(({ key, value, modRevision }) => {
        const cached = this.get(key);
        return cached?.resourceVersion === modRevision ? cached : new Entry(key, modRevision, value, this.#options.fieldsOf);
      });
      const map = SortedMap.fromSorted(
        entries.map((e) => e.key),
        entries,
      );
      return listFrom(map, revision, this.prefix, selection, options);
    };
    const failed = (error: unknown): never => {
      if (error instanceof ExpiredError) throw expired(`The provided continue parameter is too old to display a consistent list result.`);
      if (error instanceof FutureRevisionError) throw error;
      throw error;
    };
    try {
      const result = this.storage.list(keyPrefix(this.prefix, selection), { revision });
      return result instanceof Promise ? result.then(build, failed) : build(result);
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Opens a watch. The initial events, where asked for, are delivered before this returns.
   * Call after `fresh()` or `ready()`.
   * @throws StatusError Expired when `afterRevision` lies before the window.
   */
  watch(selection: Selection, start: WatchStart, receiver: WatchReceiver, { bookmarks = false }: { bookmarks?: boolean } = {}): Watcher {
    const state = this.#state;
    if (!state) throw new Error('the cache has not been loaded: await ready() or fresh() first');
    const scope = scopeOf(selection.namespace, selection.name);
    const after = 'afterRevision' in start ? start.afterRevision : state.revision;
    if (after < state.window.since) throw expired(`too old resource version: ${after} (${state.window.since})`);
    const watcher = new Watcher(selection, receiver, after, (closed) => {
      const set = this.#watchers.get(scope);
      set?.delete(closed);
      if (set?.size === 0) this.#watchers.delete(scope);
      this.#ticking.delete(closed);
    });
    if ('initial' in start) {
      for (const entry of this.list(selection).entries) receiver.onEvent('ADDED', entry);
      if (start.endBookmark) receiver.onBookmark(state.revision, true);
    } else if (after < state.revision) {
      for (const event of state.window.after(after)) watcher.deliver(event);
    }
    const set = this.#watchers.get(scope) ?? new Set();
    this.#watchers.set(scope, set.add(watcher));
    if (bookmarks) {
      watcher.bookmarkDue = this.#clock.now() + this.#bookmarkEvery;
      this.#ticking.add(watcher);
      this.#tick();
    }
    return watcher;
  }

  /** A bookmark for one watcher now: before its time runs out. */
  bookmark(watcher: Watcher): void {
    if (this.#state && watcher.isOpen) watcher.receiver.onBookmark(this.#state.revision, false);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick?.();
    this.#state?.watch.close();
    this.#endWatchers(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- loading -----------------------------------------------------------------------------------------------------------------------

  #start(): MaybePromise<State> {
    if (this.#isClosed) throw new Error('the cache is closed');
    const listed = this.storage.list(this.prefix);
    if (!(listed instanceof Promise)) return this.#load(listed.kvs, listed.revision);
    this.#starting = listed.then(({ kvs, revision }) => this.#load(kvs, revision)).finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  #load(kvs: readonly { key: string; value: Uint8Array; modRevision: number }[], revision: number): State {
    const byKey = new Map<string, Entry>();
    const keys: string[] = [];
    const entries: Entry[] = [];
    for (const { key, value, modRevision } of kvs) {
      const entry = new Entry(key, modRevision, value, this.#options.fieldsOf);
      entry.forgetObject();
      byKey.set(key, entry);
      keys.push(key);
      entries.push(entry);
    }
    const state: State = {
      map: SortedMap.fromSorted(keys, entries),
      byKey,
      revision,
      lastChange: revision,
      window: new EventWindow(this.#options.windowEvents ?? 10_000, this.#options.windowBytes ?? 16 << 20, revision),
      watch: undefined as unknown as Watch,
    };
    this.#state = state;
    state.watch = this.storage.watch(
      this.prefix,
      { afterRevision: revision },
      {
        onEvents: (events) => {
          for (const event of events) this.#take(state, event);
          this.#progress(state, events[events.length - 1]!.revision);
        },
        onProgress: (reached) => this.#progress(state, reached),
        onError: (error) => this.#fail(state, error),
      },
    );
    return state;
  }

  /** The storage's watch has ended: forget everything and end all watchers; the next use loads anew. */
  #fail(state: State, error: Error): void {
    if (this.#state !== state) return;
    this.#state = undefined;
    this.#endWatchers(error);
  }

  #endWatchers(error: Error | undefined): void {
    for (const set of [...this.#watchers.values()]) {
      for (const watcher of [...set]) {
        watcher.close();
        watcher.receiver.onEnd(error);
      }
    }
    this.#watchers.clear();
  }

  // --- events ------------------------------------------------------------------------------------------------------------------------

  #take(state: State, { type, key, value, revision }: StorageEvent): void {
    const previous = state.byKey.get(key);
    const entry = new Entry(key, revision, value, this.#options.fieldsOf);
    let event: CacheEvent;
    if (type === 'delete') {
      state.byKey.delete(key);
      state.map = state.map.delete(key);
      event = new CacheEvent('DELETED', entry, previous, this.#options.fieldsOf);
    } else {
      state.byKey.set(key, entry);
      state.map = state.map.set(key, entry);
      event = new CacheEvent(previous ? 'MODIFIED' : 'ADDED', entry, previous, this.#options.fieldsOf);
    }
    state.revision = revision;
    state.lastChange = revision;
    state.window.add(event);
    this.#keepParsed(entry);
    if (this.#watchers.size > 0) this.#dispatch(event);
  }

  /** Only the watchers that the event may concern are asked. */
  #dispatch(event: CacheEvent): void {
    const { namespace, name } = event.entry;
    const deliver = (set: Set<Watcher> | undefined): void => {
      if (set) for (const watcher of set) watcher.deliver(event);
    };
    deliver(this.#watchers.get('/'));
    if (namespace !== '') deliver(this.#watchers.get(`${namespace}/`));
    deliver(this.#watchers.get(`/${name}`));
    if (namespace !== '') deliver(this.#watchers.get(`${namespace}/${name}`));
  }

  #progress(state: State, revision: number): void {
    if (revision > state.revision) state.revision = revision;
    for (let i = this.#wanting.length - 1; i >= 0; i--) {
      if (this.#wanting[i]!.revision <= state.revision) this.#wanting.splice(i, 1)[0]!.resolve();
    }
  }

  #caughtUp(state: State): MaybePromise<State> {
    const newest = this.storage.revision();
    if (newest instanceof Promise) return newest.then((revision) => this.reached(revision));
    if (state.revision < newest) state.watch.requestProgress();
    return state.revision >= newest ? state : this.reached(newest);
  }

  // A ring: the entry whose turn it is gives up its parsed form, so that parsed objects are bounded in number.
  readonly #parsed: Entry[] = [];
  #parsedAt = 0;
  #keepParsed(entry: Entry): void {
    const max = this.#options.maxParsed ?? defaultParsed;
    this.#parsed[this.#parsedAt]?.forgetObject();
    this.#parsed[this.#parsedAt] = entry;
    this.#parsedAt = (this.#parsedAt + 1) % max;
  }

  // --- bookmarks ---------------------------------------------------------------------------------------------------------------------

  readonly #ticking = new Set<Watcher>();
  get #bookmarkEvery(): number {
    return this.#options.bookmarkEveryMs ?? 60_000;
  }

  /** One timer for all watchers, at whole seconds, only while somebody wants bookmarks. */
  #tick(): void {
    if (this.#cancelTick || this.#isClosed) return;
    this.#cancelTick = this.#clock.after(1000, () => {
      this.#cancelTick = undefined;
      const now = this.#clock.now();
      const state = this.#state;
      for (const watcher of this.#ticking) {
        if (!state || watcher.bookmarkDue > now) continue;
        watcher.bookmarkDue = now + this.#bookmarkEvery;
        state.watch.requestProgress();
        watcher.receiver.onBookmark(state.revision, false);
      }
      if (this.#ticking.size > 0) this.#tick();
    });
  }
}

/** What a loaded cache holds. */
export interface State {
  map: SortedMap<Entry>;
  readonly byKey: Map<string, Entry>;
  revision: number;
  /** The revision of the last change of this resource: lists of any revision from here on are the same. */
  lastChange: number;
  readonly window: EventWindow;
  watch: Watch;
}

const scopeOf = (namespace = '', name = ''): string => `${namespace}/${name}`;

/** The keys a selection can be about: those of its namespace, or all. */
const keyPrefix = (prefix: string, { namespace }: Selection): string => (namespace ? `${prefix}${namespace}/` : prefix);

function listFrom(map: SortedMap<Entry>, revision: number, prefix: string, selection: Selection, { limit = 0, startKey }: CacheListOptions): CacheList {
  const from = keyPrefix(prefix, selection);
  const end = prefixEnd(from);
  const matches = entryPredicate(selection);
  const { name } = selection;
  const entries: Entry[] = [];
  let nextKey: string | undefined;
  map.visit(startKey ?? from, end, (entry, key) => {
    if (name && entry.name !== name) return true;
    if (matches && !matches(entry)) return true;
    if (limit > 0 && entries.length === limit) {
      nextKey = key;
      return false;
    }
    entries.push(entry);
    return true;
  });
  if (nextKey === undefined) return { entries, resourceVersion: revision, next: undefined };
  const isSelective = matches !== undefined || Boolean(name);
  return { entries, resourceVersion: revision, next: { startKey: nextKey, remaining: isSelective ? undefined : map.count(nextKey, end) } };
}
