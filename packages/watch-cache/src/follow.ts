/** Everything in a cache, from now on: what controllers and authorizers are fed with. */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { MaybePromise } from '@apiserver-kit/storage';
import type { EventType } from './cache-event.js';
import type { Cacher } from './cacher.js';
import type { Entry } from './entry.js';
import type { Watcher } from './watcher.js';

/** Called synchronously while the cache takes in a change. Quick, and never throws. */
export interface Follower {
  /** All there is: at the start, and again after the cache had to be loaded anew. */
  onReplace(entries: readonly Entry[]): void;
  onEvent(type: EventType, entry: Entry): void;
}

export interface Following {
  /** Settled when the follower has been given all there was at the start: undefined where that is so already. */
  readonly ready: MaybePromise<void>;
  close(): void;
}

const retryMs = 1000;

/**
 * Follows a cache: its objects, then each change. A cache that fails is followed again from the start, so that nothing is missed.
 * Over a storage in this process the follower has everything when this returns.
 */
export function follow(cacher: Cacher, follower: Follower, { clock = systemClock }: { readonly clock?: Clock } = {}): Following {
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
        onEnd: (error) => {
          watcher = undefined;
          // Without an error the cache was closed, and there is nothing more to follow.
          if (error !== undefined) later();
        },
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
      try {
        const loading = load();
        if (loading instanceof Promise) loading.catch(later);
      } catch {
        // The storage is still away; what it has to say, it says to those who ask it something.
        later();
      }
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
