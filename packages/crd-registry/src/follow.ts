/** All definitions, from now on. */
import type { Clock } from '@apiserver-kit/machinery';
import type { MaybePromise } from '@apiserver-kit/storage';
import type { Cacher, Entry, EventType, Watcher } from '@apiserver-kit/watch-cache';

/** Called synchronously while the cache takes in a change. Never throws. */
export interface Follower {
  /** All there is: at the start, and again after the cache had to be loaded anew. */
  onReplace(entries: readonly Entry[]): void;
  onEvent(type: EventType, entry: Entry): void;
}

export interface Following {
  /** Settled when the follower has been given what there was at the start. */
  readonly ready: MaybePromise<void>;
  close(): void;
}

const retryMs = 1000;

/** Follows a cache; one that fails is followed again from the start, so that nothing is missed. */
export function follow(cacher: Cacher, follower: Follower, clock: Clock): Following {
  let isClosed = false;
  let watcher: Watcher | undefined;
  let cancelRetry: (() => void) | undefined;

  const begin = (): void => {
    if (isClosed) return;
    const { entries, resourceVersion } = cacher.list({});
    follower.onReplace(entries);
    watcher = cacher.watch(
      {},
      { afterRevision: resourceVersion },
      {
        onEvent: (type, entry) => follower.onEvent(type, entry),
        onBookmark: () => {},
        // Without an error the cache was closed, and there is nothing more to follow.
        onEnd: (error) => error !== undefined && later(),
      },
    );
  };
  const load = (): MaybePromise<void> => {
    const loading = cacher.ready();
    return loading instanceof Promise ? loading.then(begin) : begin();
  };
  const later = (): void => {
    if (isClosed) return;
    cancelRetry = clock.after(retryMs, () => {
      // While the storage is away, it is asked again: those who need it now are told by it.
      Promise.resolve().then(load).catch(later);
    });
  };

  return {
    ready: load(),
    close() {
      isClosed = true;
      cancelRetry?.();
      watcher?.close();
    },
  };
}
