import { describe, expect, it } from 'vitest';
import { ExpiredError, FutureRevisionError } from '../storage.js';
import { create, createAll, failureOf, keysOf, remove, type Subject, textOf, update } from './subject.js';

/** Lists, pages, reads of the past and what compaction leaves of them. */
export function readContract({ open }: Subject): void {
  describe('list', () => {
    it('gives the entries under a prefix and nothing beside it', async () => {
      const storage = await open();
      const [, a, b] = await createAll(storage, '/a', '/a/1', '/a/2', '/a0', '/ab/1', '/b/1');
      expect(await storage.list('/a/')).toEqual({ kvs: [a, b], revision: await storage.revision(), remaining: 0 });
    });

    it('gives everything for the empty prefix', async () => {
      const storage = await open();
      await createAll(storage, 'z', '/b', '/a');
      expect(keysOf(await storage.list(''))).toEqual(['/a', '/b', 'z']);
    });

    it('orders keys by the bytes of their UTF-8', async () => {
      const storage = await open();
      const keys = ['/o/', '/o/-', '/o/a', '/o/a-b', '/o/a.b', '/o/a/b', '/o/aa', '/o/b', '/o/é', '/o/\uff5e', '/o/\u{1f600}'];
      await createAll(storage, ...[...keys].reverse());
      expect(keysOf(await storage.list('/o/'))).toEqual(keys);
    });

    it('gives at most the limit, and says how many remain', async () => {
      const storage = await open();
      await createAll(storage, '/a/1', '/a/2', '/a/3', '/b/1');
      const first = await storage.list('/a/', { limit: 2 });
      expect([keysOf(first), first.remaining]).toEqual([['/a/1', '/a/2'], 1]);
      const all = await storage.list('/a/', { limit: 3 });
      expect([keysOf(all), all.remaining]).toEqual([['/a/1', '/a/2', '/a/3'], 0]);
    });

    it('begins at the start key, whether that is there or not', async () => {
      const storage = await open();
      await createAll(storage, '/a/1', '/a/3', '/a/5', '/b/1');
      expect(keysOf(await storage.list('/a/', { startKey: '/a/3' }))).toEqual(['/a/3', '/a/5']);
      expect(keysOf(await storage.list('/a/', { startKey: '/a/3\0' }))).toEqual(['/a/5']);
      const one = await storage.list('/a/', { startKey: '/a/2', limit: 1 });
      expect([keysOf(one), one.remaining]).toEqual([['/a/3'], 1]);
      expect(keysOf(await storage.list('/a/', { startKey: '/a/9' }))).toEqual([]);
    });

    it('gives pages of one revision while writes go on', async () => {
      const storage = await open();
      const made = await createAll(storage, ...Array.from({ length: 20 }, (_, i) => `/p/${String(i).padStart(2, '0')}`));
      const { revision } = await storage.list('/p/', { limit: 1 });
      const listed: string[] = [];
      let startKey: string | undefined = '/p/';
      for (let page = 0; startKey; page++) {
        const { kvs, remaining } = await storage.list('/p/', { limit: 6, revision, startKey });
        listed.push(...kvs.map(({ key, value }) => `${key}=${textOf(value)}`));
        expect(remaining).toBe(20 - listed.length);
        startKey = remaining > 0 ? `${kvs.at(-1)!.key}\0` : undefined;
        await create(storage, `/p/${page}x`);
        await create(storage, `/p/new${page}`);
        await update(storage, made[19 - page]!.key, 'changed', made[19 - page]!.modRevision);
        await remove(storage, made[10 + page]!.key, made[10 + page]!.modRevision);
      }
      expect(listed).toEqual(made.map(({ key }) => `${key}=${key}`));
    });
  });

  describe('a read at an old revision', () => {
    it('sees what was there then: old values, deleted keys, nothing of later', async () => {
      const storage = await open();
      const a = await create(storage, '/a', 'one');
      const b = await create(storage, '/b', 'one');
      const a2 = await update(storage, '/a', 'two', a.modRevision);
      await remove(storage, '/b', b.modRevision);
      const c = await create(storage, '/c', 'one');
      await update(storage, '/a', 'three', a2.modRevision);

      const at = { revision: a2.modRevision };
      expect(await storage.list('/', at)).toEqual({ kvs: [a2, b], revision: a2.modRevision, remaining: 0 });
      expect(await storage.get('/a', at)).toEqual({ kv: a2, revision: a2.modRevision });
      expect(await storage.get('/b', at)).toEqual({ kv: b, revision: a2.modRevision });
      expect((await storage.get('/c', at)).kv).toBeUndefined();
      expect((await storage.list('/', { revision: a.modRevision })).kvs).toEqual([a]);
      expect((await storage.get('/c', { revision: c.modRevision })).kv).toEqual(c);
    });

    it('sees the life that a key had before it was deleted and created again', async () => {
      const storage = await open();
      const first = await create(storage, '/a', 'first');
      const gone = await remove(storage, '/a', first.modRevision);
      await create(storage, '/a', 'second');
      expect((await storage.get('/a', { revision: first.modRevision })).kv).toEqual(first);
      expect((await storage.get('/a', { revision: gone.modRevision })).kv).toBeUndefined();
      expect((await storage.list('/a', { revision: gone.modRevision })).kvs).toEqual([]);
    });

    it('is refused where the revision is still to come', async () => {
      const storage = await open();
      const { modRevision } = await create(storage, '/a');
      expect(await failureOf(() => storage.get('/a', { revision: modRevision + 1 }))).toBeInstanceOf(FutureRevisionError);
      expect(await failureOf(() => storage.list('/', { revision: modRevision + 1 }))).toMatchObject({ requested: modRevision + 1, current: modRevision });
    });
  });

  describe('compact', () => {
    it('ends reads before the revision with ExpiredError and leaves those from it on', async () => {
      const storage = await open();
      const a = await create(storage, '/a', 'one');
      const b = await create(storage, '/b', 'one');
      const a2 = await update(storage, '/a', 'two', a.modRevision);
      await remove(storage, '/b', b.modRevision);
      await update(storage, '/a', 'three', a2.modRevision);

      await storage.compact(a2.modRevision);
      expect(await storage.compactedRevision()).toBe(a2.modRevision);
      expect(await failureOf(() => storage.get('/a', { revision: a.modRevision }))).toBeInstanceOf(ExpiredError);
      expect(await failureOf(() => storage.list('/', { revision: b.modRevision }))).toMatchObject({ compactedRevision: a2.modRevision });
      expect((await storage.list('/', { revision: a2.modRevision })).kvs).toEqual([a2, b]);
      expect(keysOf(await storage.list('/', { revision: a2.modRevision + 1 }))).toEqual(['/a']);
      expect(keysOf(await storage.list('/'))).toEqual(['/a']);
    });

    it('leaves what is current, whenever it was written', async () => {
      const storage = await open();
      const made = await createAll(storage, '/a', '/b', '/c');
      await storage.compact(await storage.revision());
      expect((await storage.list('/')).kvs).toEqual(made);
      expect((await storage.get('/a')).kv).toEqual(made[0]);
      expect((await update(storage, '/a', 'on', made[0]!.modRevision)).createRevision).toBe(made[0]!.createRevision);
    });

    it('never goes back', async () => {
      const storage = await open();
      const [, b] = await createAll(storage, '/a', '/b');
      await storage.compact(b!.modRevision);
      await Promise.resolve(storage.compact(b!.modRevision)).catch(() => {});
      expect(await storage.compactedRevision()).toBe(b!.modRevision);
    });

    it('is refused for a revision that is still to come', async () => {
      const storage = await open();
      const { modRevision } = await create(storage, '/a');
      expect(await failureOf(() => storage.compact(modRevision + 1))).toBeInstanceOf(FutureRevisionError);
    });
  });
}
