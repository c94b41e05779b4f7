import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fakeClock } from '@apiserver-kit/machinery';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Storage } from '../storage.js';
import { record, storageContract } from '../testing/index.js';
import { entryRecord, logRecord } from './codecs.js';
import { openEnvironment } from './environment.js';
import { DatabaseInUseError, type LmdbStorage, lmdbStorage } from './index.js';

const directory = mkdtempSync(join(tmpdir(), 'storage-lmdb-'));
afterAll(() => rmSync(directory, { recursive: true }));
let count = 0;
const newPath = (): string => join(directory, `${count++}`);

const paths = new WeakMap<Storage, string>();
storageContract(
  'lmdb',
  async (clock) => {
    const path = newPath();
    const storage = lmdbStorage({ path, clock });
    paths.set(storage, path);
    return storage;
  },
  {
    reopen: async (storage, clock) => {
      await storage.close();
      return lmdbStorage({ path: paths.get(storage)!, clock });
    },
  },
);

const text = (value: string): Buffer => Buffer.from(value);

async function fill(storage: LmdbStorage, count: number, value: Uint8Array = text('value')): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => storage.create(`/k/${String(i).padStart(6, '0')}`, value)));
}

describe('lmdb storage', () => {
  it('is not opened twice, neither here nor by another process, and says who has it', async () => {
    const path = newPath();
    const storage = lmdbStorage({ path });
    expect(() => lmdbStorage({ path })).toThrow(`the database ${path} is in use by process ${process.pid}`);
    const holder = await openElsewhere(path);
    expect(holder.output).toContain(`the database ${path} is in use by process ${process.pid}`);
    holder.child.kill('SIGKILL');
    await once(holder.child, 'close');
    await storage.create('/a', text(''));
    await storage.close();
    const again = lmdbStorage({ path });
    expect(again.get('/a').kv).toBeDefined();
    await again.close();
  });

  it('is held by a process until that is gone, however it goes', async () => {
    const path = newPath();
    const holder = await openElsewhere(path);
    expect(() => lmdbStorage({ path })).toThrow(new DatabaseInUseError(path, holder.child.pid!));
    holder.child.kill('SIGKILL');
    await once(holder.child, 'close');
    const storage = lmdbStorage({ path });
    expect(storage.revision()).toBe(1);
    await storage.close();
  });

  it('refuses a database of a format that it does not know', async () => {
    const path = newPath();
    const environment = openEnvironment(path, 1 << 20);
    await environment.meta.put('format', 99);
    await environment.close();
    expect(() => lmdbStorage({ path })).toThrow(`the database ${path} has format 99, expected 1`);
  });

  it('opens without reading a value', async () => {
    const path = newPath();
    const storage = lmdbStorage({ path });
    await fill(storage, 2000);
    await storage.close();
    const decoders = [vi.spyOn(entryRecord, 'decode'), vi.spyOn(logRecord, 'decode')];
    const again = lmdbStorage({ path });
    for (const decode of decoders) expect(decode).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(again.list('/k/').kvs).toHaveLength(2000);
    await again.close();
  });

  it('shows nobody a write before it is on disk', async () => {
    const storage = lmdbStorage({ path: newPath() });
    const watch = record(storage, '/');
    const writing = storage.create('/a', text(''));
    await Promise.resolve();
    expect([storage.get('/a').kv, storage.revision(), watch.events.length]).toEqual([undefined, 1, 0]);
    await writing;
    expect([storage.get('/a').kv?.modRevision, storage.revision(), watch.events.length]).toEqual([2, 2, 1]);
    await storage.close();
  });

  it('commits writes together that are asked for while another commit is under way', async () => {
    const storage = lmdbStorage({ path: newPath() });
    const rounds: number[] = [];
    record(storage, '/', {}, (events) => rounds.push(events.length));
    const writing = [storage.create('/first', text(''))];
    await Promise.resolve();
    await Promise.resolve();
    for (let i = 0; i < 100; i++) writing.push(storage.create(`/${i}`, text('')));
    await Promise.all(writing);
    expect(rounds).toEqual([1, 100]);
    await storage.close();
  });

  it('grows beyond its first map while reads and watches go on', async () => {
    const path = newPath();
    const storage = lmdbStorage({ path, mapBytes: 1 << 20 });
    const watch = record(storage, '/k/');
    const value = (i: number): Buffer => Buffer.alloc(20_000 + i, `${i} `);
    for (let i = 0; i < 300; i++) {
      await storage.create(`/k/${i}`, value(i));
      expect(value(i).equals(storage.get(`/k/${i}`).kv!.value)).toBe(true);
    }
    const { kvs } = storage.list('/k/');
    for (const { key, value: found } of kvs) expect(value(Number(key.slice(3))).equals(found)).toBe(true);
    expect([kvs.length, watch.events.length]).toEqual([300, 300]);
    await storage.close();
  });

  it('gives buffers that stay as they are when others are read and written', async () => {
    const storage = lmdbStorage({ path: newPath() });
    await storage.create('/a', text('first'));
    await storage.create('/b', Buffer.alloc(50_000, 'b'));
    const a = storage.get('/a').kv!.value;
    const b = storage.get('/b').kv!.value;
    for (let i = 0; i < 50; i++) await storage.update('/b', Buffer.alloc(50_000, `${i}`), storage.get('/b').kv!.modRevision);
    expect([Buffer.from(a).toString(), Buffer.alloc(50_000, 'b').equals(b)]).toEqual(['first', true]);
    await storage.close();
  });

  it('copies itself while it is written to', async () => {
    const path = newPath();
    const copy = newPath();
    const storage = lmdbStorage({ path });
    await fill(storage, 500);
    const [, ...writes] = await Promise.all([storage.backup(copy), ...Array.from({ length: 50 }, (_, i) => storage.create(`/later/${i}`, text('')))]);
    expect(writes).toHaveLength(50);
    await expect(storage.backup(copy)).rejects.toThrow();
    await storage.close();
    const restored = lmdbStorage({ path: copy });
    expect(restored.list('/k/').kvs).toHaveLength(500);
    expect(restored.revision()).toBe(501 + restored.list('/later/').kvs.length);
    expect(record(restored, '/', { afterRevision: 1 }).events).toHaveLength(restored.revision() - 1);
    await restored.close();
  });

  it('tells writers when the disk is full, goes on reading, and keeps what it had', async () => {
    const path = newPath();
    const holder = await openElsewhere(path, ['fill'], 'ulimit -f 4000');
    await once(holder.child, 'close');
    expect(holder.output).toMatch(/the storage could not write to disk/);
    const [, count] = /wrote (\d+) and reads \1/.exec(holder.output) ?? [];
    const storage = lmdbStorage({ path });
    expect(storage.list('/').kvs).toHaveLength(Number(count));
    await storage.close();
  });
});

describe('history on disk', () => {
  const logSize = async (path: string): Promise<number> => {
    const environment = openEnvironment(path, 1 << 20);
    const records = environment.log.getKeysCount({ start: 0 });
    expect(environment.changes.getKeysCount({ start: new Uint8Array(1) })).toBe(records);
    await environment.close();
    return records;
  };

  it('is compacted when it is older than it is to be kept', async () => {
    const clock = fakeClock();
    const path = newPath();
    const storage = lmdbStorage({ path, clock, historyMs: 60_000 });
    await fill(storage, 100);
    clock.advance(50_000);
    await storage.create('/young', text(''));
    clock.advance(9_999);
    expect(storage.compactedRevision()).toBe(0);
    clock.advance(12_001);
    await vi.waitFor(() => expect(storage.compactedRevision()).toBe(101));
    expect(record(storage, '/', { afterRevision: 101 }).events.map(({ key }) => key)).toEqual(['/young']);
    await storage.close();
  });

  it('is compacted when it is longer than it is to be, in steps', async () => {
    const path = newPath();
    const storage = lmdbStorage({ path, historyEvents: 1000 });
    await fill(storage, 5000);
    await vi.waitFor(() => expect(storage.compactedRevision()).toBe(4001));
    expect(storage.list('/', { revision: 4001 }).kvs).toHaveLength(4000);
    await storage.create('/more', text(''));
    await vi.waitFor(async () => expect((await storage.list('/')).kvs).toHaveLength(5001));
    await storage.close();
  });

  it('goes from disk once it is compacted, if need be by the next who opens', async () => {
    const path = newPath();
    const storage = lmdbStorage({ path });
    await fill(storage, 3000);
    const compacting = storage.compact(2501);
    await storage.close();
    await compacting;
    expect(await logSize(path)).toBeGreaterThan(500);
    const again = lmdbStorage({ path });
    expect(again.compactedRevision()).toBe(2501);
    // Each write takes a step of the garbage along, and so does time without writes.
    await again.create('/one', text(''));
    for (let i = 0; i < 20; i++) await again.delete('/none', 1);
    await again.close();
    expect(await logSize(path)).toBe(501);
  });
});

interface Holder {
  readonly child: ChildProcess;
  output: string;
}

/** Opens a database in another process, which holds it until it is killed; resolves when that has said whether it could. */
async function openElsewhere(path: string, args: readonly string[] = [], before = 'true'): Promise<Holder> {
  const script = fileURLToPath(new URL('./holder.test.child.mjs', import.meta.url));
  const child = spawn('sh', ['-c', `${before}; exec "$0" "$@"`, process.execPath, script, path, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const holder: Holder = { child, output: '' };
  await new Promise<void>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      holder.output += chunk;
      resolve();
    });
    child.once('close', () => reject(new Error('the other process ended without a word: has `npm run build` been run?')));
  });
  return holder;
}
