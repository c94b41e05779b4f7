/**
 * What etcd can do, no more: a map with one total order of revisions, history until compaction, and watches.
 *
 * All reads answer at once where the backend can (memory, lmdb) and with a promise where it must wait (etcd); callers use `chain` from
 * pipeline, or await.
 */

/** A value, or the promise of it where the backend has to wait. */
export type MaybePromise<T> = T | Promise<T>;

/** One version of one key. `value` is shared: never write to it. */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision that made the key come into being. */
  readonly createRevision: number;
  /** The revision that wrote this value. */
  readonly modRevision: number;
}

/** A change, in the order of revisions. In backends in this process `value` is the very object that was given to the write. */
export interface StorageEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** The value written; for a deletion the last value before it. */
  readonly value: Uint8Array;
  /** The value before this change; undefined when the key was not there. For a deletion the same as `value`. */
  readonly prevValue: Uint8Array | undefined;
  readonly prevRevision: number;
  /** For a deletion the revision of the deletion. */
  readonly revision: number;
}

export interface GetResult {
  readonly kv: KeyValue | undefined;
  /** The revision as of which this was read: the one asked for, or the store's newest. */
  readonly revision: number;
}

export interface ListOptions {
  /** Read as of this revision. Default, and for 0: the newest. */
  readonly revision?: number;
  /** At most so many. Default: all. */
  readonly limit?: number;
  /** Begin at this key (inclusive; it must start with the prefix). Default: the prefix itself. */
  readonly startKey?: string;
}

export interface ListResult {
  /** In byte order of the keys. */
  readonly kvs: readonly KeyValue[];
  /** The revision as of which this was read: the one asked for, or the store's newest. */
  readonly revision: number;
  /** How many more there are after the last one of `kvs`; 0 when all have been listed. */
  readonly remaining: number;
}

/** The outcome of a write that compares revisions. */
export type WriteResult =
  | { readonly ok: true; readonly kv: KeyValue }
  /** The key is not at the expected revision: `current` is what is there, undefined for nothing. Nothing was written. */
  | { readonly ok: false; readonly current: KeyValue | undefined; readonly revision: number };

/** Who watches. A sink may write to the storage and may close its watch; it should not throw. */
export interface WatchSink {
  /** Events in order; all events of one revision come in one call. */
  onEvents(events: readonly StorageEvent[]): void;
  /** Every event up to and including `revision` has been delivered. */
  onProgress(revision: number): void;
  /**
   * The watch has ended and will say nothing more: `ExpiredError` (compacted), `ClosedError`, a failure of the backend, or what the sink itself
   * has thrown. Not called after `close()`, nor before `Storage.watch` has returned.
   */
  onError(error: Error): void;
}

export interface WatchOptions {
  /** Deliver the events after this revision. Default: from now. */
  readonly afterRevision?: number;
}

export interface Watch {
  /** Ends it; the sink is not called afterwards. */
  close(): void;
  /** Asks for an `onProgress` as soon as possible. */
  requestProgress(): void;
}

export interface Storage extends AsyncDisposable {
  /** @throws ExpiredError when `revision` has been compacted; FutureRevisionError when it is not there yet. */
  get(key: string, options?: { readonly revision?: number }): MaybePromise<GetResult>;
  /** @throws ExpiredError; FutureRevisionError. */
  list(prefix: string, options?: ListOptions): MaybePromise<ListResult>;
  /** Writes a key that must not be there. Durable when it resolves, as the backend promises it. `ttlSeconds`: the key goes by itself after that time. */
  create(key: string, value: Uint8Array, options?: { readonly ttlSeconds?: number }): MaybePromise<WriteResult>;
  /** Writes a key that must be at `expectedRevision` (its modRevision). */
  update(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly ttlSeconds?: number }): MaybePromise<WriteResult>;
  /** Deletes a key that must be at `expectedRevision`. On success `kv` is the last value, with the deletion's revision as modRevision. */
  delete(key: string, expectedRevision: number): MaybePromise<WriteResult>;
  /**
   * Watches all keys that start with the prefix. Backends in this process call the sink before the write that caused the event is
   * acknowledged to its writer, so that a cache over them is never behind a finished write. They deliver the events that are already there
   * before this returns.
   * A revision that has been compacted is reported through `sink.onError` with ExpiredError.
   */
  watch(prefix: string, options: WatchOptions, sink: WatchSink): Watch;
  /** The newest revision. An empty store that was never written to is at 1, as in etcd: 0 means "any" to clients. */
  revision(): MaybePromise<number>;
  /** Forgets history before `revision`; what was current at it stays readable. @throws FutureRevisionError. */
  compact(revision: number): MaybePromise<void>;
  /** The oldest revision that can still be read or watched from; 0 before any compaction. */
  compactedRevision(): MaybePromise<number>;
  close(): Promise<void>;
}

/** History before `compactedRevision` is gone. */
export class ExpiredError extends Error {
  constructor(readonly compactedRevision: number) {
    super(`required revision has been compacted; the oldest is ${compactedRevision}`);
    this.name = 'ExpiredError';
  }
}

/** The revision asked for lies ahead of the store's. */
export class FutureRevisionError extends Error {
  constructor(
    readonly requested: number,
    readonly current: number,
  ) {
    super(`required revision ${requested} is a future revision; the newest is ${current}`);
    this.name = 'FutureRevisionError';
  }
}

/** The storage has been closed. */
export class ClosedError extends Error {
  constructor() {
    super('the storage is closed');
    this.name = 'ClosedError';
  }
}
