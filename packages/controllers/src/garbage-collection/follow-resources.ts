/** The caches of all resources whose objects can be collected, as resources come and go. */
import { type Follower, type Following, follow } from '@apiserver-kit/watch-cache';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '@apiserver-kit/machinery';
import type { ApiRegistry } from '@apiserver-kit/rest';
import { closable, type Controller, type ControllerOptions } from '../controller.js';
import { collectedResources, type Kind, kindOf } from './place.js';

export interface FollowResourcesOptions extends ControllerOptions {
  /** When to begin, in ms from now, if nobody asks before. */
  readonly beginAfterMs: number;
  /** Called when a resource is not served any more. */
  readonly onGone: (kind: Kind) => void;
}

export interface FollowedResources extends Controller {
  /** Resolves when all that is served is followed. @throws Error when something cannot be followed; the next call tries again. */
  followed(): Promise<void>;
}

/** Then what could not be followed is tried again, unless somebody asks before. */
const retryMs = 1000;

interface Followed {
  readonly kind: Kind;
  readonly following: Following;
}

/**
 * Follows the cache of each resource, one after the other, a turn of the event loop each: a server that has just started has better things to do.
 * It looks again when the registry has changed.
 */
export function followResources(
  registry: ApiRegistry,
  followerOf: (kind: Kind) => Follower,
  { clock = systemClock, log = () => {}, beginAfterMs, onGone }: FollowResourcesOptions,
): FollowedResources {
  /** By where objects are stored: versions of a resource share that. */
  const all = new Map<string, Followed>();
  let isClosed = false;

  const followOne = async (kind: Kind): Promise<void> => {
    const { store } = kind;
    const before = all.get(store.prefix);
    // A definition that has changed is served from a new store over the same objects.
    if (before?.kind.store === store) return;
    before?.following.close();
    all.delete(store.prefix);
    await setImmediate();
    if (isClosed) return;
    const following = follow(store.cacher, followerOf(kind), { clock });
    all.set(store.prefix, { kind, following });
    try {
      await following.ready;
    } catch (error) {
      following.close();
      all.delete(store.prefix);
      throw error;
    }
  };

  const followAll = async (): Promise<void> => {
    const served = new Set<string>();
    const failures: unknown[] = [];
    for (const registered of collectedResources(registry)) {
      if (isClosed) return;
      try {
        const kind = await kindOf(registry, registered);
        if (!kind) continue;
        served.add(kind.store.prefix);
        await followOne(kind);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `not all resources can be followed: ${failures.map(String).join(', ')}`);
    for (const [prefix, { kind, following }] of all) {
      if (served.has(prefix)) continue;
      following.close();
      all.delete(prefix);
      onGone(kind);
    }
  };

  let seen = -1;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      while (seen !== registry.generation && !isClosed) {
        const { generation } = registry;
        await followAll();
        seen = generation;
      }
    } finally {
      looking = undefined;
    }
  };
  const followed = (): Promise<void> => looking ?? (seen === registry.generation ? Promise.resolve() : (looking = look()));
  let cancelRetry = (): void => {};
  const begin = (): void => {
    followed().catch((error: unknown) => {
      if (isClosed) return;
      log('garbage collector: not ready yet', error);
      cancelRetry();
      cancelRetry = clock.after(retryMs, begin);
    });
  };
  let endChanges = (): void => {};
  const start = (): void => {
    endChanges = registry.onChange(begin);
    begin();
  };
  if (beginAfterMs > 0) endChanges = clock.after(beginAfterMs, start);
  else start();

  return {
    followed,
    ...closable(async () => {
      isClosed = true;
      endChanges();
      cancelRetry();
      // Whatever it ends with, nothing is followed after it.
      await looking?.catch(() => {});
      for (const { following } of all.values()) following.close();
    }),
  };
}
