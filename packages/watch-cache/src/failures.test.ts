import { type FakeClock, fakeClock, isReason } from '@apiserver-kit/machinery';
import { ExpiredError, type Storage } from '@apiserver-kit/storage';
import { type MemoryStorage, memoryStorage } from '@apiserver-kit/storage/memory';
import { describe, expect, it } from 'vitest';
import { Cacher, type CacherOptions } from './index.js';
import { type DelayedStorage, delayedStorage } from './testing/delayed-storage.js';
import { keyOf, prefix, put, remove } from './testing/objects.js';
import { pathOf, recording, watchAll } from './testing/recording.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const value = (name: string): Buffer => Buffer.from(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","namespace":"a"}}`);

/** A clock that knows what waits on it. */
function countingClock(): FakeClock & { readonly pending: number } {
  const clock = fakeClock();
  const pending = new Set<object>();
  return {
    now: clock.now,
    advance: clock.advance,
    after(ms, run) {
      const mark = {};
      pending.add(mark);
      const cancel = clock.after(ms, () => {
        pending.delete(mark);
        run();
      });
      return () => {
        pending.delete(mark);
        cancel();
      };
    },
    get pending() {
      return pending.size;
    },
  };
}

async function farAway(options: CacherOptions = {}): Promise<{ inner: MemoryStorage; storage: DelayedStorage; cacher: Cacher }> {
  const inner = memoryStorage();
  const storage = delayedStorage(inner, turn);
  const cacher = new Cacher(storage, prefix, options);
  await put(inner, 'a/1');
  await cacher.fresh();
  return { inner, storage, cacher };
}

describe('a receiver', () => {
  it('that throws loses its watch, and nobody else does', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix);
    await cacher.fresh();
    const bad = recording(() => {
      throw new Error('no room');
    });
    cacher.watch({}, { now: true }, bad);
    const good = watchAll(cacher, { now: true });
    await put(storage, 'a/1');
    await put(storage, 'a/2');
    expect(bad.log).toEqual(['ADDED a/1 2', 'END']);
    expect(bad.errors[0]?.message).toBe('no room');
    expect(good.log).toEqual(['ADDED a/1 2', 'ADDED a/2 3']);
    expect(cacher.watch({}, { initial: true }, bad).isOpen).toBe(false);
  });

  it('that writes does not disturb the order in which others see the changes, nor the freshness of its reads', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix);
    await cacher.fresh();
    const writer = recording((type, entry) => {
      if (type !== 'ADDED' || entry.name !== '1') return;
      storage.create(keyOf('a', '2'), value('2'));
      expect(cacher.get(keyOf('a', '2'))?.resourceVersion).toBe(3);
    });
    const first = cacher.watch({}, { now: true }, writer);
    const others = [watchAll(cacher, { now: true }), watchAll(cacher, { now: true }, { namespace: 'a' })];
    storage.create(keyOf('a', '1'), value('1'));
    for (const { log } of [writer, ...others]) expect(log).toEqual(['ADDED a/1 2', 'ADDED a/2 3']);
    expect(first.isOpen).toBe(true);
  });

  it('may close the whole cache', async () => {
    const storage = memoryStorage();
    const cacher = new Cacher(storage, prefix);
    await cacher.fresh();
    const closing = recording(() => void cacher.close());
    cacher.watch({}, { now: true }, closing);
    const other = watchAll(cacher, { now: true });
    storage.create(keyOf('a', '1'), value('1'));
    storage.create(keyOf('a', '2'), value('2'));
    expect([closing.log, other.log]).toEqual([['ADDED a/1 2', 'END'], ['END']]);
  });

  it('that writes while it is shown the initial events sees its own writes after them', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix);
    for (const name of ['1', '3']) storage.create(keyOf('a', name), value(name));
    await cacher.fresh();
    const writer = recording((_, { name }) => {
      if (name === '1') storage.create(keyOf('a', '2'), value('2'));
    });
    cacher.watch({}, { initial: true, endBookmark: true }, writer);
    expect(writer.log).toEqual(['ADDED a/1 2', 'ADDED a/3 3', 'INITIAL-END 3', 'ADDED a/2 4']);
    const inner = recording();
    const outer = recording((_, { name }, self) => {
      if (name === '4' && !inner.watcher) {
        storage.create(keyOf('a', '5'), value('5'));
        inner.watcher = cacher.watch({}, { afterRevision: 4 }, inner);
        cacher.bookmark(self.watcher!);
      }
    });
    outer.watcher = cacher.watch({}, { now: true }, outer);
    storage.create(keyOf('a', '4'), value('4'));
    // Nothing is promised to one who has not seen 5 yet; and who joined in between has each change once.
    expect(outer.log).toEqual(['ADDED a/4 5', 'ADDED a/5 6']);
    expect(inner.log).toEqual(['ADDED a/4 5', 'ADDED a/5 6']);
  });
});

describe('a storage whose watch breaks', () => {
  it('is watched again where it stopped: watchers see every change once, and no end', async () => {
    const clock = fakeClock();
    const { inner, storage, cacher } = await farAway({ clock });
    const watch = watchAll(cacher, { now: true });
    for (let i = 0; i < 3; i++) {
      await put(inner, 'a/2', { text: String(i) });
      storage.breakWatches(new Error('connection reset'));
      await put(inner, 'a/3', { text: String(i) });
      const fresh = cacher.fresh();
      for (let ms = 0; ms < 1000; ms += 100) {
        await turn();
        await turn();
        clock.advance(100);
      }
      await fresh;
    }
    expect(watch.log.map((line) => line.split(' ')[2])).toEqual(['3', '4', '5', '6', '7', '8']);
    expect(storage.openWatches).toBe(1);
    await cacher.close();
  });

  it('and has lost changes since ends all watches with 410, and is listed anew', async () => {
    const { inner, storage, cacher } = await farAway();
    const told: unknown[] = [];
    cacher.events.on('lost', (error) => told.push(['lost', error?.message])).on('loaded', (objects, revision) => told.push(['loaded', objects, revision]));
    const watch = watchAll(cacher, { now: true });
    const unchanged = cacher.get(keyOf('a', '1'));
    const waiting = cacher.reached(4);
    storage.hold(true);
    await put(inner, 'a/2');
    await put(inner, 'a/3');
    await remove(inner, 'a/2');
    storage.breakWatches(new ExpiredError(5));
    expect(watch.log).toEqual(['END']);
    expect(isReason(watch.errors[0], 'Expired')).toBe(true);
    expect(watch.errors[0]!.message).toBe('too old resource version: 2 (5)');
    storage.hold(false);
    // Who waited goes on waiting, and has its answer from the new list.
    expect((await waiting).revision).toBe(5);
    await cacher.fresh();
    expect(cacher.list({}).entries.map(pathOf)).toEqual(['a/1', 'a/3']);
    expect(told).toEqual([
      ['lost', 'too old resource version: 2 (5)'],
      ['loaded', 2, 5],
    ]);
    expect(cacher.get(keyOf('a', '1'))).toBe(unchanged);
    expect(() => watchAll(cacher, { afterRevision: 4 })).toThrow('too old resource version: 4 (5)');
    await cacher.close();
  });

  it('answers what was just made sure of, and ends at once what is opened on it', async () => {
    const { storage, cacher } = await farAway();
    await cacher.fresh();
    storage.breakWatches(new ExpiredError(5));
    expect(cacher.list({}).entries.map(pathOf)).toEqual(['a/1']);
    const watch = watchAll(cacher, { initial: true });
    await turn();
    expect([watch.log, watch.errors]).toEqual([['ADDED a/1 2', 'END'], [undefined]]);
    await cacher.close();
  });

  it('and stays broken lets reads that need it fail after three seconds, and not others', async () => {
    const clock = fakeClock();
    const { inner, storage, cacher } = await farAway({ clock });
    storage.hold(true);
    storage.breakWatches(new Error('connection reset'));
    await put(inner, 'a/2');
    const fresh = Promise.resolve(cacher.fresh()).then(
      () => 'fresh',
      (error: Error) => error.message,
    );
    for (let ms = 0; ms <= 3000; ms += 100) {
      await turn();
      await turn();
      clock.advance(100);
    }
    expect(await fresh).toBe('Timeout: Too large resource version: 3, current: 2');
    await cacher.ready();
    expect(cacher.list({}).resourceVersion).toBe(2);
    await cacher.close();
  });

  it('over and over as soon as it is opened lets waits end at their time', async () => {
    const clock = fakeClock();
    const storage = delayedStorage(memoryStorage(), turn);
    const cacher = new Cacher(storage, prefix, { clock });
    const ended = cacher.reached(1000).catch((error: Error) => error.message);
    let isRunning = true;
    const disturb = (): void => {
      storage.breakWatches(new ExpiredError(1));
      clock.advance(10);
      if (isRunning) setImmediate(disturb);
    };
    disturb();
    expect(await ended).toBe('Timeout: Too large resource version: 1000, current: 1');
    isRunning = false;
    await cacher.close();
  });

  it('because it was closed ends all watches without an error', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix);
    await cacher.fresh();
    const watch = watchAll(cacher, { now: true });
    await storage.close();
    expect(watch.errors).toEqual([undefined]);
    expect(() => cacher.fresh()).toThrow('closed');
  });
});

describe('bytes in storage that are no object', () => {
  it.each(['not JSON', 'null', '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"'])(
    '(%s) end all watches without quoting them, and fail reads until they are gone',
    async (bad) => {
      const storage = memoryStorage();
      await using cacher = new Cacher(storage, prefix);
      await cacher.fresh();
      const watch = watchAll(cacher, { now: true });
      storage.create(keyOf('a', 'bad'), Buffer.from(bad));
      expect(watch.errors[0]?.message).toBe(`expected a JSON object in storage under ${keyOf('a', 'bad')}`);
      expect(() => cacher.fresh()).toThrow('expected a JSON object');
      storage.delete(keyOf('a', 'bad'), 2);
      await cacher.fresh();
      expect(cacher.list({}).entries).toEqual([]);
    },
  );
});

describe('close()', () => {
  it('leaves no timer and no watch, whatever was going on', async () => {
    const clock = countingClock();
    const { inner, storage, cacher } = await farAway({ clock });
    watchAll(cacher, { now: true }, {}, { bookmarks: true });
    const waiting = cacher.reached(1000).catch(() => 'ended');
    await turn();
    storage.breakWatches(new Error('connection reset'));
    expect(clock.pending).toBeGreaterThan(0);
    await cacher.close();
    expect([await waiting, clock.pending, storage.openWatches]).toEqual(['ended', 0, 0]);
    await put(inner, 'a/2');
    expect(cacher.resourceVersion).toBe(2);
  });

  it('leaves no watch of a load that was under way', async () => {
    const inner = memoryStorage();
    const storage = delayedStorage(inner, turn);
    const cacher = new Cacher(storage, prefix);
    const loading = Promise.resolve(cacher.ready()).catch((error: Error) => error.message);
    await cacher.close();
    expect([await loading, storage.openWatches]).toEqual(['apiserver cacher is stopped', 0]);
  });

  it('has no bookmark timer left when the last watch that wants them has gone', async () => {
    const clock = countingClock();
    const storage: Storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix, { clock });
    await cacher.fresh();
    const watch = watchAll(cacher, { now: true }, {}, { bookmarks: true });
    expect(clock.pending).toBe(1);
    watch.watcher!.close();
    expect(clock.pending).toBe(0);
  });
});

describe('memory', () => {
  it('is bounded for what is parsed beside the bytes, by number and by size', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix, { maxParsed: 3 });
    for (let i = 0; i < 10; i++) await put(storage, `a/${i}`);
    await cacher.fresh();
    const objects = cacher.list({}).entries.map((entry) => entry.object());
    const again = cacher.list({}).entries.map((entry) => entry.object());
    expect(objects.filter((object, i) => object === again[i])).toHaveLength(0);
    expect(cacher.get(keyOf('a', '9'))!.object()).toBe(again[9]);
  });

  it('can do without parsed forms', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix, { maxParsed: 0 });
    await put(storage, 'a/1');
    await cacher.fresh();
    expect(cacher.get(keyOf('a', '1'))!.object().metadata.name).toBe('1');
    expect(cacher.get(keyOf('a', '1'))!.derived('length', ({ bytes }) => bytes.length)).toBeGreaterThan(0);
  });

  it('is bounded for derived forms too, which are made once while they are there', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix, { maxParsed: 1 });
    await put(storage, 'a/1');
    await put(storage, 'a/2');
    await cacher.fresh();
    let made = 0;
    const derive = (name: string): unknown =>
      cacher.get(keyOf('a', name))!.derived('n', () => {
        made++;
        return undefined;
      });
    derive('1');
    derive('1');
    expect(made).toBe(1);
    derive('2');
    derive('1');
    expect(made).toBe(3);
  });

  it('is bounded for the window by bytes', async () => {
    const storage = memoryStorage();
    await using cacher = new Cacher(storage, prefix, { windowBytes: 2000 });
    await cacher.fresh();
    for (let i = 0; i < 10; i++) await put(storage, 'a/1', { text: 'x'.repeat(800) });
    expect(() => watchAll(cacher, { afterRevision: 8 })).toThrow('too old resource version: 8 (9)');
    expect(watchAll(cacher, { afterRevision: 9 }).log).toEqual(['MODIFIED a/1 10', 'MODIFIED a/1 11']);
  });
});
