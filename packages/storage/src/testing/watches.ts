import { describe, expect, it } from 'vitest';
import { ClosedError, ExpiredError, type Storage, type StorageEvent } from '../storage.js';
import { record } from './recorder.js';
import { bytes, create, createAll, failureOf, remove, type Subject, textOf, update, written } from './subject.js';

const told = ({ type, key, value }: StorageEvent): string => `${type} ${key} ${textOf(value)}`;

/** A marker is the last event under a prefix: when it has come, all that comes before it has. */
const markerSeen = ({ events }: { readonly events: readonly StorageEvent[] }): boolean => events.some(({ key }) => key.endsWith('marker'));

/** Lets everything else that is due run first. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Watches: what they deliver, from where, and how they end. */
export function watchContract({ open, isRemote }: Subject): void {
  describe('a watch', () => {
    it('from now tells of what comes, not of what was', async () => {
      const storage = await open();
      const a = await create(storage, '/a/1', 'one');
      const watch = record(storage, '/a/');
      const a2 = await update(storage, '/a/1', 'two', a.modRevision);
      await remove(storage, '/a/1', a2.modRevision);
      await create(storage, '/a/2', 'new');
      await watch.until(({ events }) => events.length >= 3);
      expect(watch.events.map(told)).toEqual(['put /a/1 two', 'delete /a/1 two', 'put /a/2 new']);
    });

    it('tells of each change with the value and the revision before it', async () => {
      const storage = await open();
      const watch = record(storage, '/a/');
      const a = await create(storage, '/a/1', 'one');
      const a2 = await update(storage, '/a/1', 'two', a.modRevision);
      const gone = await remove(storage, '/a/1', a2.modRevision);
      await watch.until(({ events }) => events.length >= 3);
      const key = '/a/1';
      expect(watch.events).toEqual([
        { type: 'put', key, value: bytes('one'), prevValue: undefined, prevRevision: 0, revision: a.modRevision },
        { type: 'put', key, value: bytes('two'), prevValue: bytes('one'), prevRevision: a.modRevision, revision: a2.modRevision },
        { type: 'delete', key, value: bytes('two'), prevValue: bytes('two'), prevRevision: a2.modRevision, revision: gone.modRevision },
      ]);
    });

    it('from a revision tells the same of the past as a watch that saw it', async () => {
      const storage = await open();
      const start = await storage.revision();
      const live = record(storage, '/a/');
      const a = await create(storage, '/a/1', 'one');
      await create(storage, '/b/1');
      const a2 = await update(storage, '/a/1', 'two', a.modRevision);
      await remove(storage, '/a/1', a2.modRevision);
      await create(storage, '/a/1', 'second life');
      await create(storage, '/a/marker');
      await live.until(markerSeen);
      const late = record(storage, '/a/', { afterRevision: start });
      const later = record(storage, '/a/', { afterRevision: a2.modRevision });
      await Promise.all([late.until(markerSeen), later.until(markerSeen)]);
      expect(late.events).toEqual(live.events);
      expect(later.events).toEqual(live.events.slice(2));
    });

    it('goes from the past to the present without losing or doubling an event', async () => {
      const storage = await open();
      const start = await storage.revision();
      let stop = false;
      const writer = (async () => {
        let n = 0;
        for (; !stop || n < 60; n++) {
          await Promise.all([create(storage, `/a/${n}`), create(storage, `/b/${n}`)]);
          await turn();
        }
        await create(storage, '/a/marker');
        return n;
      })();
      const watches = [record(storage, '/a/', { afterRevision: start })];
      for (let i = 0; i < 20; i++) {
        await turn();
        watches.push(record(storage, '/a/', { afterRevision: start + i }));
      }
      stop = true;
      await writer;
      await Promise.all(watches.map((watch) => watch.until(markerSeen)));
      const [whole, ...others] = watches.map(({ events }) => events.map(({ revision }) => revision));
      expect(whole).toEqual([...new Set(whole)].sort((x, y) => x - y));
      expect(watches[0]!.events.map(({ key }) => key).filter((key) => key.startsWith('/a/'))).toHaveLength(whole!.length);
      expect(whole!.length).toBe((await storage.list('/a/')).kvs.length);
      others.forEach((revisions, i) => {
        expect(revisions).toEqual(whole!.filter((revision) => revision > start + i));
      });
    });

    it('from a revision that is to come waits for what comes after it', async () => {
      const storage = await open();
      const now = await storage.revision();
      const watch = record(storage, '/a/', { afterRevision: now + 2 });
      await createAll(storage, '/a/1', '/a/2', '/a/3', '/a/marker');
      await watch.until(markerSeen);
      expect(watch.events.map(({ key }) => key)).toEqual(['/a/3', '/a/marker']);
    });

    it('hears only of keys under its prefix', async () => {
      const storage = await open();
      const start = await storage.revision();
      const live = record(storage, '/a/');
      await createAll(storage, '/ab/1', '/a', '/a/1', '/a0', '/A/1', '/a/marker');
      const late = record(storage, '/a/', { afterRevision: start });
      await Promise.all([live.until(markerSeen), late.until(markerSeen)]);
      for (const { events } of [live, late]) expect(events.map(({ key }) => key)).toEqual(['/a/1', '/a/marker']);
    });

    it('does not hear of writes that were refused', async () => {
      const storage = await open();
      const watch = record(storage, '/a/');
      const { modRevision } = await create(storage, '/a/1');
      await storage.create('/a/1', bytes('again'));
      await storage.update('/a/1', bytes('again'), modRevision + 5);
      await storage.delete('/a/2', modRevision);
      await create(storage, '/a/marker');
      await watch.until(markerSeen);
      expect(watch.events.map(({ key }) => key)).toEqual(['/a/1', '/a/marker']);
    });

    it('says on request how far it has come, after the events up to there', async () => {
      const storage = await open();
      const watch = record(storage, '/a/');
      await createAll(storage, '/a/1', '/b/1', '/b/2');
      const revision = await storage.revision();
      watch.watch.requestProgress();
      await watch.until(({ progress }) => progress.some((reached) => reached >= revision));
      expect(watch.progress.at(-1)).toBe(revision);
      expect(watch.events.map(({ key }) => key)).toEqual(['/a/1']);
    });

    it('says nothing after it has been closed, also from within its sink', async () => {
      const storage = await open();
      const closing = record(storage, '/a/', {}, () => closing.watch.close());
      const other = record(storage, '/a/');
      await create(storage, '/a/1');
      await other.until(({ events }) => events.length === 1);
      await createAll(storage, '/a/2', '/a/marker');
      closing.watch.requestProgress();
      await other.until(markerSeen);
      expect(closing.events.map(({ key }) => key)).toEqual(['/a/1']);
      expect([closing.progress, closing.errors]).toEqual([[], []]);
    });

    it('whose sink throws ends with what was thrown, and hurts neither the write nor other watches', async () => {
      const storage = await open();
      const bad = record(storage, '/a/', {}, () => {
        throw new Error('not today');
      });
      const good = record(storage, '/a/');
      await create(storage, '/a/1');
      await bad.until(({ errors }) => errors.length > 0);
      await create(storage, '/a/marker');
      await good.until(markerSeen);
      expect(bad.events).toHaveLength(1);
      expect(bad.errors.map(({ message }) => message)).toEqual(['not today']);
      expect(good.events).toHaveLength(2);
    });
  });

  describe.skipIf(isRemote)('a watch in a backend of this process', () => {
    it('has been told of a write before the write is acknowledged', async () => {
      const storage = await open();
      const watch = record(storage, '/a/');
      const seen = (): number => watch.events.at(-1)?.revision ?? 0;
      const a = await create(storage, '/a/1');
      expect(seen()).toBe(a.modRevision);
      const a2 = await update(storage, '/a/1', 'two', a.modRevision);
      expect(seen()).toBe(a2.modRevision);
      const gone = await remove(storage, '/a/1', a2.modRevision);
      expect(seen()).toBe(gone.modRevision);
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const { modRevision } = await create(storage, `/a/${i}`);
          expect(seen()).toBeGreaterThanOrEqual(modRevision);
        }),
      );
    });

    it('sees in the storage at least what it is told of', async () => {
      const storage = await open();
      const found: boolean[] = [];
      record(storage, '/a/', {}, ([event]) => {
        const { kv, revision } = storage.get(event!.key) as { kv: unknown; revision: number };
        found.push(kv !== undefined && revision >= event!.revision);
      });
      await createAll(storage, '/a/1', '/a/2');
      expect(found).toEqual([true, true]);
    });

    it('gets the very value that was written', async () => {
      const storage = await open();
      const watch = record(storage, '/a/');
      const [one, two] = [bytes('one'), bytes('two')];
      const made = written(await storage.create('/a/1', one));
      const changed = written(await storage.update('/a/1', two, made.modRevision));
      expect(watch.events[0]!.value).toBe(one);
      expect(watch.events[1]!.value).toBe(two);
      expect([made.value, changed.value].map((value, i) => value === [one, two][i])).toEqual([true, true]);
    });

    it('gets events in order although another sink writes while it is told', async () => {
      const storage = await open();
      const writes: unknown[] = [];
      record(storage, '/a/', {}, (events) => {
        for (const { key } of events) if (key.length < 8) writes.push(storage.create(`${key}x`, bytes(key)));
      });
      const second = record(storage, '/a/');
      await create(storage, '/a/1');
      await second.until(({ events }) => events.length === 5);
      await Promise.all(writes);
      expect(second.events.map(({ key }) => key)).toEqual(['/a/1', '/a/1x', '/a/1xx', '/a/1xxx', '/a/1xxxx']);
      expect(second.events.map(({ revision }) => revision)).toEqual(second.events.map((_, i) => second.events[0]!.revision + i));
    });
  });

  describe('a watch and compaction', () => {
    async function compacted(storage: Storage): Promise<readonly [number, number]> {
      const start = await storage.revision();
      const made = await createAll(storage, '/a/1', '/a/2', '/a/3', '/a/4', '/a/marker');
      await storage.compact(made[3]!.modRevision);
      return [start, made[3]!.modRevision];
    }

    it('ends with ExpiredError when it begins before what is left', async () => {
      const storage = await open();
      const [start, oldest] = await compacted(storage);
      const watch = record(storage, '/a/', { afterRevision: start });
      expect(watch.errors).toEqual([]);
      await watch.until(({ errors }) => errors.length > 0);
      expect(watch.errors[0]).toBeInstanceOf(ExpiredError);
      expect(watch.errors[0]).toMatchObject({ compactedRevision: oldest });
      await create(storage, '/a/9');
      expect(watch.events).toEqual([]);
    });

    it('can begin at the revision that was compacted to', async () => {
      const storage = await open();
      const [, oldest] = await compacted(storage);
      const watch = record(storage, '/a/', { afterRevision: oldest });
      await watch.until(markerSeen);
      expect(watch.events.map(({ key }) => key)).toEqual(['/a/marker']);
      expect(watch.errors).toEqual([]);
    });

    it('go on side by side once the watch has begun', async () => {
      const storage = await open();
      const watch = record(storage, '/a/');
      await create(storage, '/a/0');
      await watch.until(({ events }) => events.length === 1);
      await compacted(storage);
      await storage.compact(await storage.revision());
      await create(storage, '/a/9');
      await watch.until(({ events }) => events.length === 7);
      expect(watch.errors).toEqual([]);
    });
  });

  describe('close', () => {
    it('ends watches with ClosedError and refuses everything else with it', async () => {
      const storage = await open();
      const { modRevision } = await create(storage, '/a/1');
      const watch = record(storage, '/a/');
      const left = record(storage, '/a/');
      left.watch.close();
      await storage.close();
      await watch.until(({ errors }) => errors.length > 0);
      expect(watch.errors[0]).toBeInstanceOf(ClosedError);
      expect(left.errors).toEqual([]);
      const calls = [
        () => storage.get('/a/1'),
        () => storage.list('/a/'),
        () => storage.create('/a/2', bytes('')),
        () => storage.update('/a/1', bytes(''), modRevision),
        () => storage.delete('/a/1', modRevision),
        () => storage.revision(),
        () => storage.compact(modRevision),
        () => storage.compactedRevision(),
      ];
      for (const call of calls) expect(await failureOf(call)).toBeInstanceOf(ClosedError);
    });

    it('waits for the writes that have been asked for, and may be called again', async () => {
      const storage = await open();
      const writing = Array.from({ length: 5 }, (_, i) => storage.create(`/a/${i}`, bytes('')));
      await storage.close();
      for (const result of await Promise.all(writing)) expect(result.ok).toBe(true);
      await storage.close();
      await storage[Symbol.asyncDispose]();
    });
  });
}
