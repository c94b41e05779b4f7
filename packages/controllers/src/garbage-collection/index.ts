/** Deletes what has lost its owners, and lets go what waits for its dependents (pkg/controller/garbagecollector). */
import { type KubeObject, systemClock } from '@apiserver-kit/machinery';
import { type ApiRegistry, foregroundFinalizer, orphanFinalizer } from '@apiserver-kit/rest';
import type { Entry, Follower } from '@apiserver-kit/watch-cache';
import { type ApiClient, isConflict } from '../api-client.js';
import { closable, type Controller, type ControllerOptions } from '../controller.js';
import { type Outcome, WorkQueue } from '@apiserver-kit/client/work-queue';
import { Calls } from './calls.js';
import { followResources } from './follow-resources.js';
import { Graph } from './graph.js';
import { invalidNamespaceEvents } from './invalid-namespace.js';
import { judgeObject, orphanDependents } from './judge.js';
import { type Kind, type Place, placeOf, read } from './place.js';

export interface GarbageCollectorOptions extends ControllerOptions {
  /** Whose objects are collected. It may change. */
  readonly registry: ApiRegistry;
  /** Calls the API for somebody who may read, change and delete everything. */
  readonly client: ApiClient;
  /** When to begin, in ms from now: what a server does first is more urgent. Default at once. */
  readonly beginAfterMs?: number;
}

export interface GarbageCollector extends Controller {
  /** Resolves when all resources are followed and nothing is left to do: not what is tried again later. */
  settled(): Promise<void>;
}

/** So many objects are looked at, or changed, at once. */
const concurrency = 20;
/** Somebody else has changed what was to be changed; mostly, the event of that comes before this. */
const afterConflictMs = 50;

/**
 * Whether a deletion was cut off between its two steps, by a crash: without a grace period, an object is marked and then deleted. Nobody else
 * would finish that.
 */
const isHalfDeleted = ({ metadata: { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } }: KubeObject): boolean =>
  Boolean(deletionTimestamp) && deletionGracePeriodSeconds === 0 && finalizers.length === 0;

const marks = ['"ownerReferences"', `"${foregroundFinalizer}"`, `"${orphanFinalizer}"`];
/** Whether an object may have owners or wait for dependents: found in its bytes, which costs less than to parse them. */
const mayConcern = ({ bytes }: Entry): boolean => marks.some((mark) => bytes.includes(mark));

/**
 * Collects garbage: objects with owners of which none is left. It is told by the caches of all resources that can be listed, watched and
 * deleted, and follows them one by one after the start, a turn of the event loop each, so that requests are not held up; nothing is decided
 * before all are followed.
 *
 * Deletions must leave it their objects: the option `garbageCollection` of `resourceHandler`.
 */
export function garbageCollector({ registry, client, beginAfterMs = 0, clock = systemClock, log }: GarbageCollectorOptions): GarbageCollector {
  const ending = new AbortController();
  const tellOfNamespace = invalidNamespaceEvents(client, clock, log);
  const calls = new Calls(client, ending.signal);
  /** Objects that name owners of kinds that are not served. */
  const puzzles = new Set<string>();

  const whenNoConflict = async (work: () => Promise<Outcome>): Promise<Outcome> => {
    await resources.followed();
    try {
      return await work();
    } catch (error) {
      if (isConflict(error)) return { againInMs: afterConflictMs };
      throw error;
    }
  };
  const judging = new WorkQueue(
    (uid) =>
      whenNoConflict(async () => {
        const { generation } = registry;
        const judgement = await judgeObject(uid, { registry, graph, calls, tellOfNamespace, judge: (other) => judging.add(other) });
        if (judgement === 'done') return undefined;
        // The kind may have come meanwhile.
        if (generation === registry.generation) puzzles.add(uid);
        else judging.add(uid);
        return undefined;
      }),
    { clock, log, name: 'garbage collector', concurrency },
  );
  const orphaning = new WorkQueue((uid) => whenNoConflict(async () => void (await orphanDependents(uid, { graph, calls }))), {
    clock,
    log,
    name: 'garbage collector (orphans)',
    concurrency,
  });
  /** By their keys in storage. */
  const halfDeleted = new Map<string, Place>();
  const finishing = new WorkQueue(
    async (key) => {
      const place = halfDeleted.get(key)!;
      const live = await read(place);
      if (live && isHalfDeleted(live)) await calls.remove(place, live, 'Background');
      halfDeleted.delete(key);
      return undefined;
    },
    { clock, log, name: 'garbage collector (half deleted)', concurrency },
  );
  const graph = new Graph({ judge: (uid) => judging.add(uid), orphan: (uid) => orphaning.add(uid) });

  const followerOf = (kind: Kind): Follower => {
    const take = (entry: Entry): void => {
      if (graph.has(entry.key) || mayConcern(entry)) graph.observe(placeOf(kind, entry), entry.object().metadata);
    };
    return {
      onReplace(entries) {
        const there = new Set(entries.map(({ key }) => key));
        for (const key of graph.keysIn(kind.store.prefix)) if (!there.has(key)) graph.gone(key);
        for (const entry of entries) {
          take(entry);
          if (!entry.bytes.includes('"deletionGracePeriodSeconds":0') || !isHalfDeleted(entry.object())) continue;
          halfDeleted.set(entry.key, placeOf(kind, entry));
          finishing.add(entry.key);
        }
      },
      onEvent(type, entry) {
        if (type === 'DELETED') graph.gone(entry.key);
        else take(entry);
      },
    };
  };

  const resources = followResources(registry, followerOf, { clock, log, beginAfterMs, onGone: (kind) => forgetAll(kind.store.prefix) });
  const forgetAll = (prefix: string): void => {
    for (const key of graph.keysIn(prefix)) graph.forget(key);
  };
  const endChanges = registry.onChange(() => {
    for (const uid of puzzles) judging.add(uid);
    puzzles.clear();
  });

  return {
    async settled() {
      await resources.followed();
      await finishing.idle();
      await judging.idle();
      await orphaning.idle();
      await judging.idle();
    },
    ...closable(async () => {
      endChanges();
      ending.abort(new Error('the garbage collector is closed'));
      await resources.close();
      await Promise.all([judging.close(), orphaning.close(), finishing.close()]);
    }),
  };
}
