#!/usr/bin/env node
// What storage in etcd costs beside lmdb: calls per second, and CPU of this process per call. Starts an etcd of its own (on the path, or in ETCD).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdStorage } from '../packages/storage/dist/etcd/index.js';
import { lmdbStorage } from '../packages/storage/dist/lmdb/index.js';
import { findEtcd, startEtcd } from '../packages/storage/dist/testing/etcd-process.js';

const value = Buffer.alloc(1000, 'an object ');
const keyOf = (i) => `/registry/configmaps/${String(i).padStart(6, '0')}`;

async function measure(name, what, count, concurrency, run) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const perSecond = (count / (performance.now() - start)) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  const label = `${what}${concurrency > 1 ? `, ${concurrency} at a time` : ''}`;
  console.log(`${name.padEnd(6)}${label.padEnd(44)}${perSecond.toFixed(0).padStart(9)} /s ${((user + system) / count).toFixed(0).padStart(9)} us CPU`);
}

async function measureAll(name, storage) {
  await measure(name, 'create', 500, 1, (i) => storage.create(`/alone/${i}`, value));
  await measure(name, 'create', 10_000, 64, (i) => storage.create(keyOf(i), value));
  await measure(name, 'get', 1_000, 1, (i) => storage.get(keyOf(i)));
  await measure(name, 'get', 10_000, 64, (i) => storage.get(keyOf(i)));
  await measure(name, 'newest revision', 10_000, 64, () => storage.revision());
  await measure(name, 'list of 10,000', 10, 1, () => storage.list('/registry/'));
  await measure(name, 'page of 50 out of 10,000', 500, 4, () => storage.list('/registry/', { limit: 50 }));
  let told = 0;
  const start = await storage.revision();
  const watch = storage.watch(
    '/watched/',
    { afterRevision: start },
    { onEvents: (events) => (told += events.length), onProgress: () => {}, onError: () => {} },
  );
  await measure(name, 'create under a watch', 5_000, 64, (i) => storage.create(`/watched/${i}`, value));
  while (told < 5_000) await new Promise((resolve) => setTimeout(resolve, 1));
  watch.close();
}

if (findEtcd() === undefined) {
  console.log('left out: there is no etcd on the path, nor in the variable ETCD');
  process.exit();
}
const directory = mkdtempSync(join(process.env.BENCH_DIRECTORY ?? tmpdir(), 'bench-etcd-'));
const etcd = await startEtcd();
const storages = { etcd: etcdStorage({ servers: [etcd.url] }), lmdb: lmdbStorage({ path: join(directory, 'db') }) };
try {
  for (const [name, storage] of Object.entries(storages)) await measureAll(name, storage);
} finally {
  for (const storage of Object.values(storages)) await storage.close();
  await etcd.stop();
  rmSync(directory, { recursive: true });
}
