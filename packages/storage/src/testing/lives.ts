import { fakeClock } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { record } from './recorder.js';
import { bytes, create, keysOf, remove, type Subject, update, written } from './subject.js';

/** Keys that go by themselves, and storages that come again. */
export function lifeContract({ open, reopen, isRemote }: Subject): void {
  describe.skipIf(isRemote)('a key with a time to live', () => {
    it('is deleted when that is over, as by a writer', async () => {
      const clock = fakeClock();
      const storage = await open(clock);
      const watch = record(storage, '/a/');
      const short = written(await storage.create('/a/short', bytes('short'), { ttlSeconds: 10 }));
      await storage.create('/a/long', bytes('long'), { ttlSeconds: 20 });
      await create(storage, '/a/for-ever');
      clock.advance(9_999);
      expect(keysOf(await storage.list('/a/'))).toEqual(['/a/for-ever', '/a/long', '/a/short']);
      clock.advance(1);
      await watch.until(({ events }) => events.length === 4);
      expect(watch.events[3]).toMatchObject({ type: 'delete', key: '/a/short', prevRevision: short.modRevision, revision: short.modRevision + 3 });
      expect(watch.events[3]!.value).toEqual(bytes('short'));
      clock.advance(10_000);
      await watch.until(({ events }) => events.length === 5);
      expect(keysOf(await storage.list('/a/'))).toEqual(['/a/for-ever']);
    });

    it('stays when it has been updated without one, and goes later when with another', async () => {
      const clock = fakeClock();
      const storage = await open(clock);
      const watch = record(storage, '/a/');
      const kept = written(await storage.create('/a/kept', bytes('1'), { ttlSeconds: 10 }));
      const longer = written(await storage.create('/a/longer', bytes('1'), { ttlSeconds: 10 }));
      const given = await create(storage, '/a/given');
      await update(storage, '/a/kept', '2', kept.modRevision);
      await storage.update('/a/longer', bytes('2'), longer.modRevision, { ttlSeconds: 30 });
      await storage.update('/a/given', bytes('2'), given.modRevision, { ttlSeconds: 20 });
      clock.advance(20_000);
      await watch.until(({ events }) => events.length === 7);
      expect(keysOf(await storage.list('/a/'))).toEqual(['/a/kept', '/a/longer']);
      clock.advance(10_000);
      await watch.until(({ events }) => events.length === 8);
      expect(keysOf(await storage.list('/a/'))).toEqual(['/a/kept']);
    });

    it('does not take its successor with it', async () => {
      const clock = fakeClock();
      const storage = await open(clock);
      const watch = record(storage, '/a/');
      const { modRevision } = written(await storage.create('/a/1', bytes('1'), { ttlSeconds: 10 }));
      await remove(storage, '/a/1', modRevision);
      await create(storage, '/a/1');
      await storage.create('/a/2', bytes('2'), { ttlSeconds: 11 });
      clock.advance(11_000);
      await watch.until(({ events }) => events.length === 5);
      expect(keysOf(await storage.list('/a/'))).toEqual(['/a/1']);
    });
  });

  if (!reopen) return;
  describe('a storage that is opened again', () => {
    it('has its entries, its revision and its history', async () => {
      const storage = await open();
      const start = await storage.revision();
      const a = await create(storage, '/a', 'one');
      const b = await create(storage, '/b', 'one');
      const a2 = await update(storage, '/a', 'two', a.modRevision);
      const gone = await remove(storage, '/b', b.modRevision);
      const live = record(storage, '/', { afterRevision: start });
      await live.until(({ events }) => events.length === 4);

      const again = await reopen(storage);
      expect(await again.list('/')).toEqual({ kvs: [a2], revision: gone.modRevision, remaining: 0 });
      expect((await again.list('/', { revision: b.modRevision })).kvs).toEqual([a, b]);
      const late = record(again, '/', { afterRevision: start });
      await late.until(({ events }) => events.length === 4);
      expect(late.events).toEqual(live.events);
      expect((await create(again, '/c')).modRevision).toBe(gone.modRevision + 1);
    });

    it('remembers how far it was compacted', async () => {
      const storage = await open();
      const a = await create(storage, '/a', 'one');
      const a2 = await update(storage, '/a', 'two', a.modRevision);
      await storage.compact(a2.modRevision);
      const again = await reopen(storage);
      expect(await again.compactedRevision()).toBe(a2.modRevision);
      expect((await again.get('/a', { revision: a2.modRevision })).kv).toEqual(a2);
    });

    it.skipIf(isRemote)('lets keys go whose time ran out while it was closed, and the others when theirs does', async () => {
      const clock = fakeClock();
      const storage = await open(clock);
      await storage.create('/a/1', bytes('1'), { ttlSeconds: 10 });
      await storage.create('/a/2', bytes('2'), { ttlSeconds: 60 });
      await storage.close();
      clock.advance(30_000);
      const again = await reopen(storage, clock);
      const watch = record(again, '/a/', { afterRevision: (await again.revision()) - 1 });
      clock.advance(1);
      await watch.until(({ events }) => events.some(({ type }) => type === 'delete'));
      expect(keysOf(await again.list('/a/'))).toEqual(['/a/2']);
      clock.advance(30_000);
      await watch.until(({ events }) => events.filter(({ type }) => type === 'delete').length === 2);
      expect(keysOf(await again.list('/a/'))).toEqual([]);
    });
  });
}
