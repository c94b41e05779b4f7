import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock, isReason, parseFieldSelector, parseLabelSelector } from '@apiserver-kit/machinery';
import type { Storage } from '@apiserver-kit/storage';
import { lmdbStorage } from '@apiserver-kit/storage/lmdb';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { afterEach, describe, expect, it } from 'vitest';
import { Cacher, type CacheList, type CacherOptions, rememberPrinted } from './index.js';
import { delayedStorage } from './testing/delayed-storage.js';
import { configMap, keyOf, nodeOf, prefix, put, remove } from './testing/objects.js';
import { pathOf, watchAll } from './testing/recording.js';

const directories: string[] = [];
const backends: Record<string, () => Storage> = {
  memory: () => memoryStorage(),
  lmdb: () => {
    const path = mkdtempSync(join(tmpdir(), 'watch-cache-'));
    directories.push(path);
    return lmdbStorage({ path });
  },
  'memory far away': () => delayedStorage(memoryStorage(), () => new Promise((resolve) => setImmediate(resolve))),
};
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

const pathsOf = ({ entries }: CacheList): string[] => entries.map(pathOf);
const failure = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};
const messageOf = async (run: () => unknown): Promise<string> => ((await failure(run)) as Error).message;

for (const [name, openStorage] of Object.entries(backends)) {
  const open = (options: CacherOptions = {}): { storage: Storage; cacher: Cacher } => {
    const storage = openStorage();
    const cacher = new Cacher(storage, prefix, options);
    closers.push(
      () => storage.close(),
      () => cacher.close(),
    );
    return { storage, cacher };
  };

  describe(`a cacher over ${name}`, () => {
    describe('a read after fresh()', () => {
      it('sees every write that was acknowledged before', async () => {
        const { storage, cacher } = open();
        await put(storage, 'a/x', { text: 'one' });
        await cacher.fresh();
        for (let i = 0; i < 20; i++) {
          const revision = await put(storage, 'a/x', { text: String(i) });
          await cacher.fresh();
          expect(cacher.get(keyOf('a', 'x'))?.resourceVersion).toBe(revision);
        }
        await remove(storage, 'a/x');
        await cacher.fresh();
        expect(cacher.get(keyOf('a', 'x'))).toBeUndefined();
      });

      it('is at the newest revision though only others have been written to', async () => {
        const { storage, cacher } = open();
        await cacher.fresh();
        await storage.create('/registry/others/x', Buffer.from('{}'));
        await cacher.fresh();
        expect(cacher.list({}).resourceVersion).toBe(await storage.revision());
      });
    });

    describe('an entry', () => {
      it('has the wire bytes, what it was stored as, what selects it, and the object', async () => {
        const { storage, cacher } = open({ fieldsOf: nodeOf });
        const revision = await put(storage, 'a/x', { labels: { app: 'one' }, node: 'n1' });
        await cacher.fresh();
        const entry = cacher.get(keyOf('a', 'x'))!;
        const object = configMap('a', 'x', { labels: { app: 'one' }, node: 'n1' });
        expect(entry.bytes.toString()).toMatch(/^\{"apiVersion":"v1","kind":"ConfigMap","metadata":\{"resourceVersion":"\d+","name":"x"/);
        expect(entry.object()).toEqual({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
        expect(JSON.parse(entry.stored.toString())).toEqual(object);
        expect([entry.key, entry.namespace, entry.name, entry.labels]).toEqual([keyOf('a', 'x'), 'a', 'x', { app: 'one' }]);
        expect(entry.fields).toEqual({ 'metadata.name': 'x', 'metadata.namespace': 'a', 'data.node': 'n1' });
      });

      it('is not parsed again where its object was remembered as it was printed', async () => {
        const { storage, cacher } = open();
        await cacher.fresh();
        const marked = configMap('a', 'x', { text: 'as printed' });
        const bytes = Buffer.from(JSON.stringify({ ...marked, data: { text: 'as stored' } }));
        rememberPrinted(bytes, marked);
        await storage.create(keyOf('a', 'x'), bytes);
        await cacher.fresh();
        const entry = cacher.get(keyOf('a', 'x'))!;
        expect(entry.object().data).toEqual({ text: 'as printed' });
        expect(JSON.stringify(entry.object().metadata)).toBe(`{"resourceVersion":"${entry.resourceVersion}","name":"x","namespace":"a"}`);
        expect(marked.metadata.resourceVersion).toBeUndefined();
      });
    });

    describe('a list', () => {
      it('is in the order of keys and of the namespace, name, labels and fields asked for', async () => {
        const { storage, cacher } = open({ fieldsOf: nodeOf });
        for (const path of ['b/y', 'a/x', 'ab/x', 'a/y', 'b/x'])
          await put(storage, path, { labels: { is: path.replace('/', '-') }, node: path.endsWith('x') ? 'n1' : 'n2' });
        await cacher.fresh();
        expect(pathsOf(cacher.list({}))).toEqual(['a/x', 'a/y', 'ab/x', 'b/x', 'b/y']);
        expect(pathsOf(cacher.list({ namespace: 'a' }))).toEqual(['a/x', 'a/y']);
        expect(pathsOf(cacher.list({ namespace: 'a', name: 'y' }))).toEqual(['a/y']);
        expect(pathsOf(cacher.list({ name: 'x' }))).toEqual(['a/x', 'ab/x', 'b/x']);
        expect(pathsOf(cacher.list({ labelSelector: parseLabelSelector('is!=a-y') }))).toEqual(['a/x', 'ab/x', 'b/x', 'b/y']);
        expect(pathsOf(cacher.list({ namespace: 'b', fieldSelector: parseFieldSelector('data.node=n1') }))).toEqual(['b/x']);
        expect(pathsOf(cacher.list({ namespace: 'c' }))).toEqual([]);
      });

      it('finds one object without a namespace by its name', async () => {
        const { storage, cacher } = open();
        for (const path of ['x', 'xy', 'y']) await put(storage, path);
        await cacher.fresh();
        expect(pathsOf(cacher.list({ name: 'x' }))).toEqual(['x']);
        expect(pathsOf(cacher.list({ name: 'z' }))).toEqual([]);
      });

      it('orders and finds names beyond the first plane as storage does', async () => {
        const { storage, cacher } = open();
        const names = ['a', '\u{ff5e}', '\u{1f600}'];
        for (const one of [...names].reverse()) await put(storage, one);
        await cacher.fresh();
        expect(pathsOf(cacher.list({}))).toEqual(names);
        expect((await storage.list(prefix)).kvs.map(({ key }) => key)).toEqual(names.map((one) => keyOf('', one)));
      });

      it('ends with what comes next when it is limited', async () => {
        const { storage, cacher } = open();
        for (const path of ['a/1', 'a/2', 'b/3', 'b/4', 'b/5']) await put(storage, path);
        await cacher.fresh();
        const first = cacher.list({}, { limit: 2 });
        expect([pathsOf(first), first.next?.remaining]).toEqual([['a/1', 'a/2'], 3]);
        const second = cacher.list({}, { limit: 2, startKey: first.next!.startKey });
        expect([pathsOf(second), second.next?.remaining]).toEqual([['b/3', 'b/4'], 1]);
        const third = cacher.list({}, { limit: 2, startKey: second.next!.startKey });
        expect([pathsOf(third), third.next]).toEqual([['b/5'], undefined]);
        expect(cacher.list({ namespace: 'a' }, { limit: 2 }).next).toBeUndefined();
      });

      it('says under a selector that there is more when there are more objects, and not how many', async () => {
        const { storage, cacher } = open();
        await put(storage, 'a/1', { labels: { is: 'in' } });
        await put(storage, 'a/2');
        await cacher.fresh();
        const page = cacher.list({ labelSelector: parseLabelSelector('is=in') }, { limit: 1 });
        expect([pathsOf(page), page.next]).toEqual([['a/1'], { startKey: `${keyOf('a', '1')}\0`, remaining: undefined }]);
        expect(pathsOf(cacher.list({ labelSelector: parseLabelSelector('is=in') }, { limit: 1, startKey: page.next!.startKey }))).toEqual([]);
      });
    });

    describe.each([
      ['in the window', 10_000],
      ['from storage', 1],
    ])('a list at a revision, %s', (_, windowEvents) => {
      it('is what was there, page by page, whatever has been written since', async () => {
        const { storage, cacher } = open({ windowEvents });
        await cacher.ready();
        for (const path of ['a/1', 'a/2', 'b/3', 'b/4']) await put(storage, path, { labels: { is: path.replace('/', '-') } });
        const then = await storage.revision();
        await remove(storage, 'a/2');
        await put(storage, 'a/0');
        await put(storage, 'b/4', { text: 'changed' });
        await put(storage, 'b/4', { text: 'again' });
        await cacher.fresh();
        const first = await cacher.listAt(then, {}, { limit: 2 });
        expect([pathsOf(first), first.resourceVersion, first.next?.remaining]).toEqual([['a/1', 'a/2'], then, 2]);
        const second = await cacher.listAt(then, {}, { limit: 2, startKey: first.next!.startKey });
        expect([pathsOf(second), second.next]).toEqual([['b/3', 'b/4'], undefined]);
        expect(second.entries[1]!.object().data).toEqual({ text: '' });
        expect(second.entries[1]!.resourceVersion).toBe(then);
        expect(second.entries[0]).toBe(cacher.get(keyOf('b', '3')));
        expect(pathsOf(await cacher.listAt(then, { labelSelector: parseLabelSelector('is in (a-2,b-4)') }, { limit: 5 }))).toEqual(['a/2', 'b/4']);
        expect(pathsOf(await cacher.listAt(then, { namespace: 'b', name: '3' }))).toEqual(['b/3']);
        expect((await cacher.listAt(then, { name: '1' }, { limit: 1 })).next).toEqual({ startKey: `${keyOf('a', '1')}\0`, remaining: undefined });
      });

      it('is Expired once that has been compacted', async () => {
        const { storage, cacher } = open({ windowEvents });
        await cacher.ready();
        const then = await put(storage, 'a/1');
        await put(storage, 'a/2');
        await put(storage, 'a/3');
        await storage.compact(await storage.revision());
        const error = await failure(() => cacher.listAt(then, {}));
        expect(isReason(error, 'Expired')).toBe(true);
        expect((error as Error).message).toBe('The resourceVersion for the provided list is too old.');
        expect(await messageOf(() => cacher.listAt(then, {}, { startKey: keyOf('a', '1') }))).toMatch(/^The provided continue parameter is too old to display/);
        expect(pathsOf(await cacher.listAt(await storage.revision(), {}))).toEqual(['a/1', 'a/2', 'a/3']);
      });
    });

    describe('a wait for a revision', () => {
      it('ends when it has been reached, also by writes to others', async () => {
        const { storage, cacher } = open();
        await cacher.ready();
        const wanted = (await storage.revision()) + 2;
        const waiting = cacher.reached(wanted);
        await put(storage, 'a/1');
        await storage.create('/registry/others/x', Buffer.from('{}'));
        await cacher.fresh();
        expect((await waiting).revision).toBeGreaterThanOrEqual(wanted);
        expect((await cacher.listAt(wanted, {})).resourceVersion).toBe(wanted);
      });

      it('ends after three seconds as the reference says it, and not before', async () => {
        const clock = fakeClock();
        const { cacher, storage } = open({ clock });
        await cacher.ready();
        const current = await storage.revision();
        let ended = false;
        const waiting = failure(() => cacher.reached(current + 5)).finally(() => {
          ended = true;
        });
        await new Promise((resolve) => setImmediate(resolve));
        clock.advance(2999);
        await new Promise((resolve) => setImmediate(resolve));
        expect(ended).toBe(false);
        clock.advance(1);
        const { status } = (await waiting) as { status: unknown };
        expect(status).toEqual({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `Timeout: Too large resource version: ${current + 5}, current: ${current}`,
          reason: 'Timeout',
          details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
          code: 504,
        });
      });

      it('ends with the reason of its signal, and leaves nothing on it', async () => {
        const { cacher } = open();
        await cacher.ready();
        const controller = new AbortController();
        const waiting = messageOf(() => cacher.reached(1000, controller.signal));
        controller.abort(new Error('gone'));
        expect(await waiting).toBe('gone');
        expect(await messageOf(() => cacher.reached(1000, controller.signal))).toBe('gone');
      });
    });

    describe('a watch', () => {
      it('from a revision in the window has the changes after it, then those to come', async () => {
        const { storage, cacher } = open();
        await cacher.ready();
        const [r1, r2] = [await put(storage, 'a/1'), await put(storage, 'a/2')];
        await cacher.fresh();
        const late = watchAll(cacher, { afterRevision: r1 });
        const r3 = await put(storage, 'a/1');
        const r4 = await remove(storage, 'a/2');
        await cacher.fresh();
        expect(late.log).toEqual([`ADDED a/2 ${r2}`, `MODIFIED a/1 ${r3}`, `DELETED a/2 ${r4}`]);
      });

      it('from before the window is refused with 410 and the oldest revision that is left', async () => {
        const { storage, cacher } = open({ windowEvents: 2 });
        await cacher.ready();
        const revisions: number[] = [];
        for (let i = 0; i < 4; i++) revisions.push(await put(storage, 'a/1', { text: String(i) }));
        await cacher.fresh();
        const error = await failure(() => watchAll(cacher, { afterRevision: revisions[0]! }));
        expect((error as { status: unknown }).status).toMatchObject({
          code: 410,
          reason: 'Expired',
          message: `too old resource version: ${revisions[0]} (${revisions[1]})`,
        });
        expect(watchAll(cacher, { afterRevision: revisions[1]! }).log).toHaveLength(2);
      });

      it('from a revision to come has only what is after it', async () => {
        const { storage, cacher } = open();
        await cacher.ready();
        const r1 = await put(storage, 'a/1');
        await cacher.fresh();
        const watch = watchAll(cacher, { afterRevision: r1 + 1 });
        await put(storage, 'a/2');
        const r3 = await put(storage, 'a/3');
        await cacher.fresh();
        expect(watch.log).toEqual([`ADDED a/3 ${r3}`]);
      });

      it('with initial events has what is there as ADDED in the order of keys, an end if asked for, then changes', async () => {
        const { storage, cacher } = open();
        const [r1, r2] = [await put(storage, 'b/1'), await put(storage, 'a/2')];
        await cacher.fresh();
        const plain = watchAll(cacher, { initial: true });
        const ended = watchAll(cacher, { initial: true, endBookmark: true }, { namespace: 'a' }, { bookmarks: true });
        const r3 = await put(storage, 'a/3');
        await cacher.fresh();
        expect(plain.log).toEqual([`ADDED a/2 ${r2}`, `ADDED b/1 ${r1}`, `ADDED a/3 ${r3}`]);
        expect(ended.log).toEqual([`ADDED a/2 ${r2}`, `INITIAL-END ${r2}`, `ADDED a/3 ${r3}`]);
      });

      it('from now has only what comes', async () => {
        const { storage, cacher } = open();
        await put(storage, 'a/1');
        await cacher.fresh();
        const watch = watchAll(cacher, { now: true });
        const r2 = await put(storage, 'a/2');
        await cacher.fresh();
        expect(watch.log).toEqual([`ADDED a/2 ${r2}`]);
      });

      it('sees what enters its selection ADDED and what leaves it DELETED, as it was, at the revision of the change', async () => {
        const { storage, cacher } = open();
        const labelled = (is: string) => ({ labels: { is }, text: is });
        await cacher.ready();
        const watch = watchAll(cacher, { now: true }, { labelSelector: parseLabelSelector('is=in') });
        await put(storage, 'a/1', labelled('out'));
        const entered = await put(storage, 'a/1', labelled('in'));
        const changed = await put(storage, 'a/1', { ...labelled('in'), text: 'changed' });
        const left = await put(storage, 'a/1', labelled('out'));
        await put(storage, 'a/1', labelled('out'));
        await remove(storage, 'a/1');
        await cacher.fresh();
        expect(watch.log).toEqual([`ADDED a/1 ${entered}`, `MODIFIED a/1 ${changed}`, `DELETED a/1 ${left}`]);
        const gone = watch.entries[2]!;
        expect(gone.object()).toMatchObject({ metadata: { resourceVersion: String(left), labels: { is: 'in' } }, data: { text: 'changed' } });
        expect(JSON.parse(gone.bytes.toString())).toEqual(gone.object());
      });

      it('of a field sees an object come from and go to another value of it', async () => {
        const { storage, cacher } = open({ fieldsOf: nodeOf });
        await cacher.ready();
        const on = (node: string) => watchAll(cacher, { now: true }, { fieldSelector: parseFieldSelector(`data.node=${node}`) });
        const [none, n1, n2] = [on(''), on('n1'), on('n2')];
        const r1 = await put(storage, 'a/1');
        const r2 = await put(storage, 'a/1', { node: 'n1' });
        const r3 = await put(storage, 'a/1', { node: 'n2' });
        await cacher.fresh();
        expect(none.log).toEqual([`ADDED a/1 ${r1}`, `DELETED a/1 ${r2}`]);
        expect(n1.log).toEqual([`ADDED a/1 ${r2}`, `DELETED a/1 ${r3}`]);
        expect(n2.log).toEqual([`ADDED a/1 ${r3}`]);
      });

      it('sees a deletion with the last state at the revision of the deletion', async () => {
        const { storage, cacher } = open();
        await put(storage, 'a/1', { text: 'last' });
        await cacher.fresh();
        const watch = watchAll(cacher, { now: true });
        const revision = await remove(storage, 'a/1');
        await cacher.fresh();
        expect(watch.entries[0]!.object()).toMatchObject({ metadata: { resourceVersion: String(revision) }, data: { text: 'last' } });
      });

      it('hears nothing after it was closed, even in the middle of an event', async () => {
        const { storage, cacher } = open();
        await cacher.ready();
        const [first, second] = [watchAll(cacher, { now: true }), watchAll(cacher, { now: true })];
        const closeBoth = first.onEvent;
        first.onEvent = (type, entry) => {
          closeBoth(type, entry);
          first.watcher!.close();
          second.watcher!.close();
        };
        await put(storage, 'a/1');
        await put(storage, 'a/2');
        await cacher.fresh();
        expect([first.log.length, second.log]).toEqual([1, []]);
      });
    });

    describe('bookmarks', () => {
      it('come every minute to those who want them once something has happened, and when asked for', async () => {
        const clock = fakeClock();
        const { storage, cacher } = open({ clock });
        await put(storage, 'a/1');
        await cacher.fresh();
        const [wanted, unwanted] = [watchAll(cacher, { now: true }, {}, { bookmarks: true }), watchAll(cacher, { now: true })];
        cacher.bookmark(wanted.watcher!);
        clock.advance(60_000);
        expect(wanted.log).toEqual([]);
        await storage.create('/registry/others/x', Buffer.from('{}'));
        await cacher.fresh();
        const revision = cacher.resourceVersion;
        clock.advance(59_000);
        expect(wanted.log).toEqual([]);
        clock.advance(1000);
        expect(wanted.log).toEqual([`BOOKMARK ${revision}`]);
        cacher.bookmark(wanted.watcher!);
        expect(wanted.log).toHaveLength(2);
        expect(unwanted.log).toEqual([]);
      });
    });

    describe('a cacher that is closed', () => {
      it('has ended its watches without an error, and refuses what comes', async () => {
        const { storage, cacher } = open();
        await cacher.fresh();
        const watch = watchAll(cacher, { now: true }, {}, { bookmarks: true });
        const waiting = messageOf(() => cacher.reached(1000));
        await cacher.close();
        await cacher.close();
        await put(storage, 'a/1');
        expect([watch.log, watch.errors]).toEqual([['END'], [undefined]]);
        expect(await waiting).toBe('apiserver cacher is stopped');
        expect(isReason(await failure(() => cacher.fresh()), 'TooManyRequests')).toBe(true);
        expect(() => cacher.list({})).toThrow('stopped');
      });
    });
  });
}
