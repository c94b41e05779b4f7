import type { MaybePromise, Storage, Watch, WatchOptions, WatchSink } from '@apiserver-kit/storage';

/** A storage that is far away: every answer, event and progress takes its time, in order for each watch. */
export interface DelayedStorage extends Storage {
  /** Fails all open watches, as by a broken connection. */
  breakWatches(error: Error): void;
  /** From now on no watch hears anything, until it is called with false. */
  hold(isHeld: boolean): void;
  readonly openWatches: number;
}

/** @param pause how long the next step takes. */
export function delayedStorage(inner: Storage, pause: () => Promise<void>): DelayedStorage {
  const open = new Set<DelayedWatch>();
  let held: Promise<void> | undefined;
  let release = (): void => {};
  const later = async <T>(run: () => MaybePromise<T>): Promise<T> => {
    await pause();
    const result = await run();
    await pause();
    return result;
  };

  class DelayedWatch implements Watch {
    #inner: Watch | undefined = undefined;
    #tail: Promise<void> = Promise.resolve();

    constructor(
      prefix: string,
      options: WatchOptions,
      private readonly sink: WatchSink,
    ) {
      open.add(this);
      this.#then(() => {
        this.#inner = inner.watch(prefix, options, {
          onEvents: (events) => this.#then(() => sink.onEvents(events)),
          onProgress: (revision) => this.#then(() => sink.onProgress(revision)),
          onError: (error) => this.#then(() => this.fail(error)),
        });
      });
    }

    #then(run: () => void): void {
      this.#tail = this.#tail
        .then(pause)
        .then(() => held)
        .then(() => {
          if (open.has(this)) run();
        });
    }

    fail(error: Error): void {
      this.close();
      this.sink.onError(error);
    }

    close(): void {
      open.delete(this);
      this.#inner?.close();
    }

    requestProgress(): void {
      this.#then(() => this.#inner?.requestProgress());
    }
  }

  return {
    get: (key, options) => later(() => inner.get(key, options)),
    list: (prefix, options) => later(() => inner.list(prefix, options)),
    create: (key, value, options) => later(() => inner.create(key, value, options)),
    update: (key, value, revision, options) => later(() => inner.update(key, value, revision, options)),
    delete: (key, revision) => later(() => inner.delete(key, revision)),
    revision: () => later(() => inner.revision()),
    compact: (revision) => later(() => inner.compact(revision)),
    compactedRevision: () => later(() => inner.compactedRevision()),
    watch: (prefix, options, sink) => new DelayedWatch(prefix, options, sink),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
    breakWatches(error) {
      for (const watch of [...open]) watch.fail(error);
    },
    hold(isHeld) {
      release();
      held = isHeld
        ? new Promise((resolve) => {
            release = resolve;
          })
        : undefined;
    },
    get openWatches() {
      return open.size;
    },
  };
}
