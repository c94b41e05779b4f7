import { type Clock, expired, type StatusError, systemClock } from '@apiserver-kit/machinery';
import { ExpiredError, type KeyValue, type MaybePromise, type Storage } from '@apiserver-kit/storage';
import { EventEmitter } from 'eventemitter3';
import { Bookmarks } from './bookmarks.js';
import { Dispatcher } from './dispatcher.js';
import { Entry, type FieldsOf } from './entry.js';
import { type CacheList, type CacheListOptions, keyAfter, keyPrefix, listFrom } from './list.js';
import { Recent } from './recent.js';
import { Reflector, stopped } from './reflector.js';
import { RevisionWaits } from './revision-waits.js';
import { entryPredicate, type Selection } from './selection.js';
import type { State } from './state.js';
import { Watcher, type WatchReceiver } from './watcher.js';

export interface CacherOptions {
  /** What objects can be selected by, besides name and namespace. */
  readonly fieldsOf?: FieldsOf;
  /** Events kept for watchers that resume and for lists of the past. Default 10,000. */
  readonly windowEvents?: number;
  /** Bytes of objects that are kept only for these events. Default 16 MiB. */
  readonly windowBytes?: number;
  /** How often a watcher that asked for bookmarks gets one, in ms. Default a minute. */
  readonly bookmarkEveryMs?: number;
  /** Objects whose parsed and derived forms are kept beside their bytes. Default 2,000. */
  readonly maxParsed?: number;
  /** Bytes of these objects. Default 8 MiB. */
  readonly maxParsedBytes?: number;
  readonly clock?: Clock;
}

/** Where a watch begins. `afterRevision`: with the changes after it. `initial`: with what is there now. */
export type WatchStart = { readonly afterRevision: number } | { readonly initial: true; readonly endBookmark?: boolean } | { readonly now: true };

/** What happens to a cache between it and its storage. */
export interface CacherEvents {
  /** All objects have been listed: so many, at this revision. */
  loaded: [objects: number, revision: number];
  /** The storage's watch has failed; it is opened again after so many ms, and watchers notice nothing. */
  retrying: [error: Error, afterMs: number];
  /** What is cached cannot be kept current: watches have ended, and the next read lists anew. Without an error, the storage was closed. */
  lost: [error: Error | undefined];
}

// Fewer, and a page with a rare selector would ask storage over and over.
const minStoragePage = 500;

/**
 * One resource's objects in memory, kept current by one watch on storage. All reads and watches are answered from here.
 *
 * It starts on first use. Over a backend in this process everything is synchronous: the list at the start, the events of each write before
 * the write is acknowledged, and so every read is of the newest state.
 */
export class Cacher implements AsyncDisposable {
  /** For logs and metrics. Listeners are called at once, and must not throw. */
  readonly events = new EventEmitter<CacherEvents>();
  readonly #fieldsOf: FieldsOf;
  readonly #reflector: Reflector;
  readonly #dispatcher = new Dispatcher();
  readonly #waits: RevisionWaits;
  readonly #bookmarks: Bookmarks;
  #isClosed = false;

  constructor(
    readonly storage: Storage,
    /** All keys of the resource start with it. Ends in a slash. */
    readonly prefix: string,
    options: CacherOptions = {},
  ) {
    const { fieldsOf, windowEvents = 10_000, windowBytes = 16 << 20, bookmarkEveryMs = 60_000, clock = systemClock } = options;
    const { maxParsed = 2000, maxParsedBytes = 8 << 20 } = options;
    this.#fieldsOf = fieldsOf;
    const ask = (): void => this.#reflector.requestProgress();
    this.#waits = new RevisionWaits(clock, () => this.resourceVersion, ask);
    this.#bookmarks = new Bookmarks(clock, bookmarkEveryMs, ask, (watcher) => this.bookmark(watcher));
    const entryOptions = { fieldsOf, windowEvents, windowBytes, recent: new Recent(maxParsed, maxParsedBytes) };
    this.#reflector = new Reflector(storage, prefix, entryOptions, clock, {
      onEvents: (events) => this.#dispatcher.dispatch(events),
      onProgress: (revision) => this.#waits.reached(revision),
      onLoaded: (state) => this.events.emit('loaded', state.map.size, state.revision),
      onRetry: (error, afterMs) => this.events.emit('retrying', error, afterMs),
      onLost: (error) => {
        this.#dispatcher.endAll(() => error);
        this.#waits.wake();
        this.events.emit('lost', error);
      },
    });
  }

  /** Loads the cache if it is not loaded yet. What is there may be older than the storage's newest state. */
  ready(): MaybePromise<State> {
    if (this.#isClosed) throw stopped();
    return this.#reflector.load();
  }

  /** The resourceVersion up to which the cache has seen everything; 0 before it has started. */
  get resourceVersion(): number {
    return this.#reflector.state?.revision ?? 0;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#reflector.state?.map.size ?? 0;
  }

  /**
   * Loads the cache and brings it up to the newest revision of the storage: a read after it sees every write that was acknowledged before.
   * Answers at once over a backend in this process.
   * @throws StatusError Timeout "Too large resource version" when the storage's watch stays behind for three seconds.
   */
  fresh(): MaybePromise<State> {
    const state = this.ready();
    return state instanceof Promise ? state.then(() => this.#catchUp()) : this.#catchUp();
  }

  /**
   * The state at or after a revision; waits until the cache has seen it.
   * @throws StatusError Timeout "Too large resource version" after three seconds; the signal's reason when that comes first.
   */
  async reached(revision: number, signal?: AbortSignal): Promise<State> {
    const deadline = this.#waits.deadline();
    for (;;) {
      const state = await this.#atLeast(revision);
      if (state) return state;
      this.#waits.assertTime(revision, deadline);
      // Since the answer was given the state may have gone on, or been lost: then there is nothing to wait for.
      if (this.#reflector.isCurrent && this.resourceVersion < revision) await this.#waits.until(revision, deadline, signal);
    }
  }

  /** An object as the cache has it; undefined too when nothing has been loaded. Call after `fresh()`, `reached()` or `ready()`. */
  get(key: string): Entry | undefined {
    return this.#reflector.state?.get(key);
  }

  /** A list of what is there now. Call after `fresh()`, `reached()` or `ready()`. */
  list(selection: Selection, options: CacheListOptions = {}): CacheList {
    const state = this.#loaded();
    const page = listFrom(state.map, state.revision, this.prefix, selection, options);
    if (page.next) state.keepSnapshot();
    return page;
  }

  /**
   * A list as of just this revision: of the changes that are in the window, or else from storage. Waits for a revision that is not there yet.
   * @throws StatusError Expired when the revision has been compacted, with the reference's message for lists, or for pages where there is a
   * `startKey`: it is for the caller to put the token that this message speaks of into `status.metadata.continue`; Timeout as `reached()`.
   */
  listAt(revision: number, selection: Selection, options: CacheListOptions = {}): MaybePromise<CacheList> {
    const state = this.#atLeast(revision);
    if (state instanceof Promise || !state) return this.reached(revision).then(() => this.listAt(revision, selection, options));
    const compacted = this.storage.compactedRevision();
    return compacted instanceof Promise
      ? compacted.then((oldest) => this.#listAt(state, revision, oldest, selection, options))
      : this.#listAt(state, revision, compacted, selection, options);
  }

  /**
   * Opens a watch. The initial events, or those since `afterRevision`, are delivered before this returns.
   * Call after `fresh()`, `reached()` or `ready()`.
   * @throws StatusError Expired when `afterRevision` lies before the window.
   */
  watch(selection: Selection, start: WatchStart, receiver: WatchReceiver, { bookmarks = false }: { bookmarks?: boolean } = {}): Watcher {
    const state = this.#loaded();
    const { revision, map, window } = state;
    const after = 'afterRevision' in start ? start.afterRevision : revision;
    if (after < window.since) throw expired(`too old resource version: ${after} (${window.since})`);
    const watcher = new Watcher(selection, receiver, after, (closed) => {
      this.#dispatcher.watchers.delete(closed);
      this.#bookmarks.delete(closed);
    });
    this.#dispatcher.begin(watcher, () => {
      if ('afterRevision' in start) watcher.replay(window.after(after));
      if (!('initial' in start)) return;
      watcher.showInitial(listFrom(map, revision, this.prefix, selection, {}).entries);
      if (start.endBookmark) watcher.bookmark(revision, true);
    });
    if (bookmarks && watcher.isOpen) this.#bookmarks.add(watcher);
    // The state was lost between `ready()` and now: to the client a watch that ends at once, after which it comes again.
    if (!this.#reflector.isCurrent) queueMicrotask(() => watcher.end(undefined));
    return watcher;
  }

  /** A bookmark for one watcher now: before its time runs out. Not sent when nothing has happened since it began. */
  bookmark(watcher: Watcher): void {
    watcher.bookmark(this.#dispatcher.servedUpTo(this.resourceVersion), false);
  }

  /** Ends all watches and waits; resolves when nothing of it is running. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = this.#reflector.close();
    this.#dispatcher.endAll(() => undefined);
    this.#waits.wake(stopped());
    await closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #loaded(): State {
    if (this.#isClosed) throw stopped();
    const { state } = this.#reflector;
    if (!state) throw new Error('the cache has not been loaded: await ready() or fresh() first');
    return state;
  }

  #catchUp(): MaybePromise<State> {
    const newest = this.storage.revision();
    if (newest instanceof Promise) return newest.then((revision) => this.reached(revision));
    const state = this.#atLeast(newest);
    return state instanceof Promise || !state ? this.reached(newest) : state;
  }

  /** The state if it is there and has reached a revision, or does at once when it asks. */
  #atLeast(revision: number): MaybePromise<State | undefined> {
    const state = this.ready();
    if (state instanceof Promise) return state.then((loaded) => this.#orAsk(loaded, revision));
    return this.#orAsk(state, revision);
  }

  #orAsk(state: State, revision: number): State | undefined {
    if (state.revision < revision) this.#reflector.requestProgress();
    return state.revision >= revision ? state : undefined;
  }

  #listAt(state: State, revision: number, compacted: number, selection: Selection, options: CacheListOptions): MaybePromise<CacheList> {
    if (revision < compacted) throw expiredList(options);
    const map = state.mapAt(revision);
    return map ? listFrom(map, revision, this.prefix, selection, options) : this.#listFromStorage(state, revision, selection, options);
  }

  /** From storage, in pages: a selector may take few of what is there. Entries that have not changed since are those of the cache. */
  async #listFromStorage(state: State, revision: number, selection: Selection, options: CacheListOptions): Promise<CacheList> {
    const { limit = 0, startKey } = options;
    const from = keyPrefix(this.prefix, selection);
    const matches = entryPredicate(selection);
    const { name } = selection;
    const entries: Entry[] = [];
    for (let at = startKey; ; ) {
      const page = await this.#pageFromStorage(from, revision, limit > 0 ? Math.max(limit, minStoragePage) : 0, at, options);
      for (const [i, kv] of page.kvs.entries()) {
        const entry = state.entryOf(kv) ?? new Entry(kv.key, kv.modRevision, kv.value, this.#fieldsOf);
        if ((name && entry.name !== name) || (matches && !matches(entry))) continue;
        entries.push(entry);
        if (entries.length !== limit) continue;
        const remaining = page.kvs.length - 1 - i + page.remaining;
        const next = { startKey: keyAfter(kv.key), remaining: matches || name ? undefined : remaining };
        return { entries, resourceVersion: revision, next: remaining > 0 ? next : undefined };
      }
      const last = page.kvs[page.kvs.length - 1];
      if (!last || page.remaining === 0) return { entries, resourceVersion: revision, next: undefined };
      at = keyAfter(last.key);
    }
  }

  async #pageFromStorage(
    from: string,
    revision: number,
    limit: number,
    startKey: string | undefined,
    options: CacheListOptions,
  ): Promise<{ readonly kvs: readonly KeyValue[]; readonly remaining: number }> {
    try {
      return await this.storage.list(from, { revision, limit, startKey });
    } catch (error) {
      throw error instanceof ExpiredError ? expiredList(options) : error;
    }
  }
}

const expiredList = ({ startKey }: CacheListOptions): StatusError =>
  expired(
    startKey === undefined
      ? 'The resourceVersion for the provided list is too old.'
      : 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, ' +
          'or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an ' +
          'inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
