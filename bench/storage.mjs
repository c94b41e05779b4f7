#!/usr/bin/env node
// What the storage backends cost: opening, reads in this process, and writes per second alone and 64 at a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbStorage } from '../packages/storage/dist/lmdb/index.js';
import { memoryStorage } from '../packages/storage/dist/memory/index.js';

const objects = 10_000;
const value = Buffer.alloc(1000, 'an object ');
const keyOf = (i) => `/registry/configmaps/namespace-${i % 10}/name-${String(i).padStart(6, '0')}`;
const directory = mkdtempSync(join(process.env.BENCH_DIRECTORY ?? tmpdir(), 'bench-storage-'));

const print = (name, what, figure, unit) => console.log(`${name.padEnd(8)}${what.padEnd(44)}${figure.toFixed(figure < 10 ? 2 : 0).padStart(9)} ${unit}`);

/** Milliseconds of one run, out of as many as fit into half a second. */
function cost(run) {
  for (let i = 0; i < 20; i++) run(i);
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < 500) for (let i = 0; i < 10; i++) run(runs++);
  return (performance.now() - start) / runs;
}

async function writesPerSecond(storage, name, concurrency) {
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async (_, worker) => {
      const key = `/bench/${name}/${worker}`;
      const current = storage.get(key).kv;
      let { kv } = current ? { kv: current } : await storage.create(key, value);
      while (performance.now() - start < 1500) {
        ({ kv } = await storage.update(key, value, kv.modRevision));
        count++;
      }
    }),
  );
  return (count / (performance.now() - start)) * 1000;
}

async function measure(name, open) {
  const opening = performance.now();
  const storage = open();
  print(name, 'open, empty', performance.now() - opening, 'ms');
  const filling = performance.now();
  await Promise.all(Array.from({ length: objects }, (_, i) => storage.create(keyOf(i), value)));
  print(name, `create ${objects} at once`, performance.now() - filling, 'ms');
  print(name, 'get', cost((i) => storage.get(keyOf(i % objects))) * 1000, 'us');
  print(
    name,
    'list of 1,000 under a prefix',
    cost(() => storage.list('/registry/configmaps/namespace-3/')),
    'ms',
  );
  print(name, 'page of 50 out of 10,000, with remaining', cost(() => storage.list('/registry/configmaps/', { limit: 50 })) * 1000, 'us');
  const past = storage.revision();
  for (let i = 0; i < 500; i++) await storage.update(keyOf(i), value, storage.get(keyOf(i)).kv.modRevision);
  print(
    name,
    'list of 1,000 at a revision 500 writes ago',
    cost(() => storage.list('/registry/configmaps/namespace-3/', { revision: past })),
    'ms',
  );
  for (const concurrency of [1, 64]) print(name, `updates, ${concurrency} at a time`, await writesPerSecond(storage, `${concurrency}`, concurrency), '/s');
  if (storage.fork) print(name, 'fork', cost(() => storage.fork()) * 1000, 'us');
  await storage.close();
}

try {
  await measure('memory', () => memoryStorage());
  const path = join(directory, 'db');
  await measure('lmdb', () => lmdbStorage({ path }));
  const reopening = performance.now();
  const again = lmdbStorage({ path });
  print('lmdb', `open, ${objects} objects`, performance.now() - reopening, 'ms');
  await again.close();
} finally {
  rmSync(directory, { recursive: true });
}
