import { fakeClock, parseFieldSelector, parseLabelSelector } from '@apiserver-kit/machinery';
import { ExpiredError, type Storage } from '@apiserver-kit/storage';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cacher, type Selection } from './index.js';
import { delayedStorage } from './testing/delayed-storage.js';
import { nodeOf, prefix, put, remove } from './testing/objects.js';
import { pathOf, type Recording, watchAll } from './testing/recording.js';

/** What a plain model knows of one version of an object. */
interface Version {
  readonly path: string;
  readonly label: string;
  readonly node: string;
  readonly revision: number;
}

interface Change {
  readonly now: Version | undefined;
  readonly before: Version | undefined;
  readonly revision: number;
}

interface Wish {
  readonly namespace: '' | 'a' | 'b';
  readonly name: '' | 'x';
  readonly label: '' | 'in';
  readonly node: '' | 'n1';
}

type Step =
  | { readonly do: 'put'; readonly path: string; readonly label: string; readonly node: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'other' }
  | { readonly do: 'watch'; readonly wish: Wish; readonly start: 'now' | 'initial' | number }
  | { readonly do: 'list'; readonly wish: Wish; readonly limit: number; readonly back: number }
  | { readonly do: 'close'; readonly which: number }
  | { readonly do: 'break' }
  | { readonly do: 'lose' };

const paths = ['a/x', 'a/y', 'b/x', 'b/z'];
const wish: fc.Arbitrary<Wish> = fc.record({
  namespace: fc.constantFrom('', 'a', 'b'),
  name: fc.constantFrom('', '', 'x'),
  label: fc.constantFrom('', 'in'),
  node: fc.constantFrom('', '', 'n1'),
});
const putStep = fc.record({
  do: fc.constant('put' as const),
  path: fc.constantFrom(...paths),
  label: fc.constantFrom('in', 'out'),
  node: fc.constantFrom('n1', 'n2'),
});
const steps: fc.Arbitrary<Step>[] = [
  putStep,
  putStep,
  putStep,
  fc.record({ do: fc.constant('remove' as const), path: fc.constantFrom(...paths) }),
  fc.record({ do: fc.constant('other' as const) }),
  fc.record({ do: fc.constant('watch' as const), wish, start: fc.oneof(fc.constantFrom('now' as const, 'initial' as const), fc.nat(8)) }),
  fc.record({ do: fc.constant('list' as const), wish, limit: fc.nat(3), back: fc.nat(6) }),
  fc.record({ do: fc.constant('close' as const), which: fc.nat(5) }),
];

const selectionOf = ({ namespace, name, label, node }: Wish): Selection => ({
  namespace,
  name,
  ...(label && { labelSelector: parseLabelSelector(`is=${label}`) }),
  ...(node && { fieldSelector: parseFieldSelector(`data.node=${node}`) }),
});

function selects({ namespace, name, label, node }: Wish, version: Version | undefined): boolean {
  if (!version) return false;
  const [itsNamespace, itsName] = version.path.split('/');
  return (!namespace || namespace === itsNamespace) && (!name || name === itsName) && (!label || label === version.label) && (!node || node === version.node);
}

/** All that has happened, written down. */
class Model {
  readonly changes: Change[] = [];

  stateAt(revision: number): Version[] {
    const state = new Map<string, Version>();
    for (const { now, before, revision: at } of this.changes) {
      if (at > revision) break;
      if (now) state.set(now.path, now);
      else state.delete(before!.path);
    }
    return [...state.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  current(path: string): Version | undefined {
    return this.stateAt(Number.POSITIVE_INFINITY).find((version) => version.path === path);
  }

  eventsAfter(revision: number, asked: Wish): string[] {
    const log: string[] = [];
    for (const change of this.changes) {
      if (change.revision <= revision) continue;
      const [isIn, wasIn] = [selects(asked, change.now), selects(asked, change.before)];
      const path = (change.now ?? change.before)!.path;
      if (isIn) log.push(`${wasIn ? 'MODIFIED' : 'ADDED'} ${path} ${change.revision}`);
      else if (wasIn) log.push(`DELETED ${path} ${change.revision}`);
    }
    return log;
  }
}

interface Opened {
  readonly recording: Recording;
  readonly wish: Wish;
  readonly initial: string[];
  readonly start: number;
  closedAt: number | undefined;
}

/** Runs the steps on a cacher and on the model, and compares whatever is to be seen. */
async function run(storage: Storage, cacher: Cacher, all: readonly Step[], breakWatches: (error: Error) => void): Promise<void> {
  const model = new Model();
  const watches: Opened[] = [];
  const record = (now: Version | undefined, before: Version | undefined, revision: number): void => {
    model.changes.push({ now, before, revision });
  };
  await cacher.ready();
  const base = cacher.resourceVersion;

  const open = async (step: Step & { do: 'watch' }): Promise<void> => {
    const { wish: asked, start } = step;
    await cacher.ready();
    const seen = cacher.resourceVersion;
    if (typeof start !== 'number') {
      const isInitial = start === 'initial';
      const recording = watchAll(cacher, isInitial ? { initial: true } : { now: true }, selectionOf(asked));
      const there = isInitial ? model.stateAt(seen).filter((version) => selects(asked, version)) : [];
      watches.push({ recording, wish: asked, initial: there.map(({ path, revision }) => `ADDED ${path} ${revision}`), start: seen, closedAt: undefined });
      return;
    }
    const from = Math.max(base, seen + 2 - start);
    try {
      watches.push({ recording: watchAll(cacher, { afterRevision: from }, selectionOf(asked)), wish: asked, initial: [], start: from, closedAt: undefined });
    } catch (error) {
      expect((error as Error).message).toMatch(`too old resource version: ${from} (`);
    }
  };

  const list = async ({ wish: asked, limit, back }: Step & { do: 'list' }): Promise<void> => {
    await cacher.fresh();
    const newest = cacher.list(selectionOf(asked));
    expect(newest.resourceVersion).toBe(await storage.revision());
    const isThere = (revision: number): string[] =>
      model
        .stateAt(revision)
        .filter((version) => selects(asked, version))
        .map((version) => `${version.path} ${version.revision}`);
    const textOf = (entries: typeof newest.entries): string[] => entries.map((entry) => `${pathOf(entry)} ${entry.resourceVersion}`);
    expect(textOf(newest.entries)).toEqual(isThere(newest.resourceVersion));
    if (limit > 0) expect(textOf(cacher.list(selectionOf(asked), { limit }).entries)).toEqual(isThere(newest.resourceVersion).slice(0, limit));
    const then = Math.max(base, newest.resourceVersion - back);
    const paged: string[] = [];
    let startKey: string | undefined;
    do {
      const page = await cacher.listAt(then, selectionOf(asked), { limit, startKey });
      if (limit > 0) expect(page.entries.length).toBeLessThanOrEqual(limit);
      paged.push(...textOf(page.entries));
      startKey = page.next?.startKey;
    } while (startKey !== undefined);
    expect(paged).toEqual(isThere(then));
  };

  for (const step of all) {
    if (step.do === 'put') {
      const { path, label, node } = step;
      const revision = await put(storage, path, { labels: { is: label }, node });
      record({ path, label, node, revision }, model.current(path), revision);
    } else if (step.do === 'remove') {
      const before = model.current(step.path);
      if (before) record(undefined, before, await remove(storage, step.path));
    } else if (step.do === 'other') await storage.create(`/registry/others/${model.changes.length}-${Math.random()}`, Buffer.from('{}'));
    else if (step.do === 'watch') await open(step);
    else if (step.do === 'list') await list(step);
    else if (step.do === 'break') breakWatches(new Error('connection reset'));
    else if (step.do === 'lose') breakWatches(new ExpiredError(0));
    else {
      const watch = watches[step.which];
      if (!watch?.recording.watcher?.isOpen) continue;
      watch.recording.watcher.close();
      watch.closedAt = watch.recording.log.length;
    }
  }
  await cacher.fresh();
  for (const watch of watches) {
    const { log } = watch.recording;
    const expected = [...watch.initial, ...model.eventsAfter(watch.start, watch.wish)];
    if (log.at(-1) === 'END') expect(log.slice(0, -1)).toEqual(expected.slice(0, log.length - 1));
    else if (watch.closedAt !== undefined) expect(log).toEqual(expected.slice(0, watch.closedAt));
    else expect(log).toEqual(expected);
  }
}

describe('whatever is written, watched and listed in whatever order', () => {
  it.each([10_000, 3])('nothing is lost, doubled or out of order, with a window of %i', async (windowEvents) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...steps), { maxLength: 60, size: 'max' }), async (all) => {
        const storage = memoryStorage();
        await using cacher = new Cacher(storage, prefix, { windowEvents, fieldsOf: nodeOf });
        await run(storage, cacher, all, () => {});
      }),
      { numRuns: 150 },
    );
  });

  it.each([10_000, 3])('the same over a storage that takes its time, whose watches break, with a window of %i', async (windowEvents) => {
    const broken: fc.Arbitrary<Step>[] = [fc.constant({ do: 'break' as const }), fc.constant({ do: 'lose' as const })];
    const delays = fc.array(fc.nat(12), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...steps, ...steps, ...broken), { maxLength: 60, size: 'max' }), delays, async (all, turns) => {
        let at = 0;
        const storage = delayedStorage(memoryStorage(), async () => {
          for (let i = turns[at++ % turns.length]!; i > 0; i--) await undefined;
        });
        const clock = fakeClock();
        let isRunning = true;
        const passTime = (): void => {
          clock.advance(50);
          if (isRunning) setImmediate(passTime);
        };
        passTime();
        await using cacher = new Cacher(storage, prefix, { windowEvents, fieldsOf: nodeOf, clock });
        try {
          await run(storage, cacher, all, (error) => storage.breakWatches(error));
        } finally {
          isRunning = false;
        }
      }),
      { numRuns: 150 },
    );
  });
});
