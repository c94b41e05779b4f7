import { describe, expect, it } from 'vitest';
import { bytes, create, createAll, remove, type Subject, textOf, update } from './subject.js';

/** Create, get, update and delete, their comparisons and their revisions. */
export function writeContract({ open }: Subject): void {
  describe('a new storage', () => {
    it('is empty, at a revision above 0, and has not been compacted', async () => {
      const storage = await open();
      expect(await storage.revision()).toBeGreaterThan(0);
      expect(await storage.compactedRevision()).toBe(0);
      expect(await storage.list('')).toEqual({ kvs: [], revision: await storage.revision(), remaining: 0 });
    });
  });

  describe('create', () => {
    it('writes a key that is not there, at the next revision', async () => {
      const storage = await open();
      const before = await storage.revision();
      const value = bytes('one');
      expect(await storage.create('/a', value)).toEqual({ ok: true, kv: { key: '/a', value, createRevision: before + 1, modRevision: before + 1 } });
      expect(await storage.revision()).toBe(before + 1);
    });

    it('refuses a key that is there, says what is, and writes nothing', async () => {
      const storage = await open();
      const current = await create(storage, '/a', 'one');
      expect(await storage.create('/a', bytes('two'))).toEqual({ ok: false, current, revision: current.modRevision });
      expect(await storage.revision()).toBe(current.modRevision);
      expect(textOf((await storage.get('/a')).kv?.value)).toBe('one');
    });

    it('begins a new life where a key has been deleted', async () => {
      const storage = await open();
      const first = await create(storage, '/a');
      await remove(storage, '/a', first.modRevision);
      const second = await create(storage, '/a');
      expect(second.createRevision).toBe(second.modRevision);
      expect(second.createRevision).toBe(first.createRevision + 2);
    });

    it('keeps empty values and values of a mebibyte', async () => {
      const storage = await open();
      const large = Buffer.alloc(1 << 20, 'large ');
      await storage.create('/empty', bytes(''));
      await storage.create('/large', large);
      expect((await storage.get('/empty')).kv?.value.length).toBe(0);
      expect(large.equals((await storage.get('/large')).kv!.value)).toBe(true);
    });
  });

  describe('get', () => {
    it('gives the entry as it was written, and the revision it was read at', async () => {
      const storage = await open();
      const kv = await create(storage, '/a', 'one');
      await create(storage, '/b');
      expect(await storage.get('/a')).toEqual({ kv, revision: kv.modRevision + 1 });
    });

    it('gives nothing for a key that is not there, nor for a prefix of one', async () => {
      const storage = await open();
      await create(storage, '/abc');
      expect((await storage.get('/ab')).kv).toBeUndefined();
      expect((await storage.get('/abcd')).kv).toBeUndefined();
    });
  });

  describe('update', () => {
    it('writes a key that is at the expected revision and keeps the revision of its creation', async () => {
      const storage = await open();
      const { createRevision } = await create(storage, '/a', 'one');
      const updated = await update(storage, '/a', 'two', createRevision);
      expect(updated).toEqual({ key: '/a', value: bytes('two'), createRevision, modRevision: createRevision + 1 });
      expect((await storage.get('/a')).kv).toEqual(updated);
    });

    it('refuses a key that is at another revision, and says at which', async () => {
      const storage = await open();
      const { modRevision } = await create(storage, '/a', 'one');
      const current = await update(storage, '/a', 'two', modRevision);
      for (const wrong of [0, modRevision, current.modRevision + 1]) {
        expect(await storage.update('/a', bytes('three'), wrong)).toEqual({ ok: false, current, revision: current.modRevision });
      }
      expect((await storage.get('/a')).kv).toEqual(current);
    });

    it('refuses a key that is not there', async () => {
      const storage = await open();
      const revision = await storage.revision();
      expect(await storage.update('/a', bytes('one'), 0)).toEqual({ ok: false, current: undefined, revision });
      expect(await storage.update('/a', bytes('one'), revision)).toEqual({ ok: false, current: undefined, revision });
    });
  });

  describe('delete', () => {
    it('takes the key away at a revision of its own and gives the last value', async () => {
      const storage = await open();
      const { createRevision } = await create(storage, '/a', 'one');
      const deleted = await remove(storage, '/a', createRevision);
      expect(deleted).toEqual({ key: '/a', value: bytes('one'), createRevision, modRevision: createRevision + 1 });
      expect(await storage.get('/a')).toEqual({ kv: undefined, revision: createRevision + 1 });
    });

    it('refuses a key that is at another revision, or not there', async () => {
      const storage = await open();
      const current = await create(storage, '/a');
      const { modRevision: revision } = current;
      expect(await storage.delete('/a', revision - 1)).toEqual({ ok: false, current, revision });
      expect(await storage.delete('/b', revision)).toEqual({ ok: false, current: undefined, revision });
    });
  });

  describe('revisions', () => {
    it('are one order over all keys, without gaps', async () => {
      const storage = await open();
      const start = await storage.revision();
      const [a, b] = await createAll(storage, '/x/a', '/y/b');
      const c = await update(storage, '/x/a', 'again', a!.modRevision);
      const d = await remove(storage, '/y/b', b!.modRevision);
      expect([a, b, c, d].map((kv) => kv!.modRevision - start)).toEqual([1, 2, 3, 4]);
    });

    it('are given once each to writes that run side by side', async () => {
      const storage = await open();
      const start = await storage.revision();
      const made = await Promise.all(Array.from({ length: 50 }, (_, i) => create(storage, `/k/${i}`)));
      expect(made.map((kv) => kv.modRevision).sort((x, y) => x - y)).toEqual(made.map((_, i) => start + 1 + i));
    });

    it('let one of several writes win that expect the same', async () => {
      const storage = await open();
      const { modRevision } = await create(storage, '/a', 'zero');
      const results = await Promise.all(Array.from({ length: 10 }, (_, i) => storage.update('/a', bytes(`${i}`), modRevision)));
      const won = results.filter((result) => result.ok);
      expect(won).toHaveLength(1);
      const { kv: current } = won[0]!;
      for (const result of results) if (!result.ok) expect(result.current).toEqual(current);
    });

    it('follow the order in which one caller writes without waiting', async () => {
      const storage = await open();
      const start = await storage.revision();
      const made = storage.create('/a', bytes('one'));
      const changed = storage.update('/a', bytes('two'), start + 1);
      const gone = storage.delete('/a', start + 2);
      const again = storage.create('/a', bytes('three'));
      for (const result of [await made, await changed, await gone, await again]) expect(result.ok).toBe(true);
      expect(textOf((await storage.get('/a')).kv?.value)).toBe('three');
    });
  });
}
