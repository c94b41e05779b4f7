import { type Clock, expired, type StatusError, tooManyRequests } from '@apiserver-kit/machinery';
import { ClosedError, ExpiredError, type KeyValue, type MaybePromise, type Storage, type StorageEvent, type Watch } from '@apiserver-kit/storage';
import type { CacheEvent } from './cache-event.js';
import { type EntryOptions, State, type WindowOptions } from './state.js';

/** Who is told what a reflector sees. */
export interface ReflectorSink {
  /** Changes that the state has taken in. */
  onEvents(events: readonly CacheEvent[]): void;
  /** The state has reached a revision. */
  onProgress(revision: number): void;
  /** All objects have been listed. */
  onLoaded(state: State): void;
  /** The storage's watch has failed, and is opened again after a while. */
  onRetry(error: Error, afterMs: number): void;
  /** The state will not go on. `error` says what watchers of it, which have seen it up to its revision, are to be told. */
  onLost(error: Error | undefined): void;
}

/** What those are told who come when it is over, as the reference does. */
export const stopped = (): StatusError => tooManyRequests('apiserver cacher is stopped', 1);

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * Keeps a state like the storage's: lists once, then follows a watch.
 *
 * A watch that fails for a while is opened again where it stopped, and nobody is told. One that cannot go on (changes in between have been
 * compacted, or cannot be read) is given up, and the state with it; the next `load` lists anew.
 */
export class Reflector {
  #state: State | undefined = undefined;
  /** Whether the state is being kept up to date. */
  #isCurrent = false;
  #loading: Promise<State> | undefined = undefined;
  #watch: Watch | undefined = undefined;
  #cancelRetry: (() => void) | undefined = undefined;
  #retryMs = firstRetryMs;
  #isClosed = false;

  constructor(
    private readonly storage: Storage,
    private readonly prefix: string,
    private readonly options: EntryOptions & WindowOptions,
    private readonly clock: Clock,
    private readonly sink: ReflectorSink,
  ) {}

  /** The last state that was loaded, which may have been given up since. */
  get state(): State | undefined {
    return this.#state;
  }

  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** A state that is kept up to date; loads it if need be. */
  load(): MaybePromise<State> {
    if (this.#isCurrent) return this.#state!;
    if (this.#loading) return this.#loading;
    const listed = this.storage.list(this.prefix);
    if (!(listed instanceof Promise)) return this.#begin(listed.kvs, listed.revision);
    this.#loading = listed
      .then(({ kvs, revision }) => this.#begin(kvs, revision))
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  /** Asks storage to tell how far it is. */
  requestProgress(): void {
    this.#watch?.requestProgress();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    // What it fails with, it tells those who asked for it.
    await this.#loading?.catch(() => {});
  }

  #begin(kvs: readonly KeyValue[], revision: number): State {
    if (this.#isClosed) throw stopped();
    const state = new State(kvs, revision, this.options, this.#state);
    this.#state = state;
    this.#isCurrent = true;
    this.sink.onLoaded(state);
    this.#follow(state);
    return state;
  }

  #follow(state: State): void {
    const isMine = (): boolean => this.#state === state && this.#isCurrent;
    try {
      const watch = this.storage.watch(
        this.prefix,
        { afterRevision: state.revision },
        {
          onEvents: (changes) => isMine() && this.#take(state, changes),
          onProgress: (revision) => isMine() && this.#progress(state, revision),
          onError: (error) => isMine() && this.#failed(state, error),
        },
      );
      if (isMine()) this.#watch = watch;
      else watch.close();
    } catch (error) {
      this.#failed(state, error as Error);
    }
  }

  #take(state: State, changes: readonly StorageEvent[]): void {
    this.#retryMs = firstRetryMs;
    try {
      const events = state.apply(changes);
      this.sink.onEvents(events);
      this.sink.onProgress(state.revision);
    } catch (error) {
      // Bytes that cannot be read would come again: there is no going on from here.
      this.#lose(error as Error);
    }
  }

  #progress(state: State, revision: number): void {
    this.#retryMs = firstRetryMs;
    state.progress(revision);
    this.sink.onProgress(state.revision);
  }

  #failed(state: State, error: Error): void {
    this.#watch = undefined;
    if (error instanceof ClosedError) this.#lose(undefined);
    else if (error instanceof ExpiredError) this.#lose(expired(`too old resource version: ${state.revision} (${error.compactedRevision})`));
    else this.#retry(state, error);
  }

  #retry(state: State, error: Error): void {
    this.sink.onRetry(error, this.#retryMs);
    this.#cancelRetry = this.clock.after(this.#retryMs, () => this.#follow(state));
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  #lose(error: Error | undefined): void {
    this.#stop();
    this.sink.onLost(error);
  }

  #stop(): void {
    this.#isCurrent = false;
    this.#cancelRetry?.();
    this.#watch?.close();
    this.#watch = undefined;
  }
}
