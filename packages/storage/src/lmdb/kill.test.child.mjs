// Writes to the database in argv[2] as fast as it can, with several writers side by side, and prints each write once it is acknowledged:
// a line of JSON `[op, key, revision, value]`. With `compact` in argv[3] it also compacts all the time. It never ends by itself.
import { writeSync } from 'node:fs';
import { lmdbStorage } from '../../dist/lmdb/index.js';

const writers = 16;
const keysPerWriter = 8;
const isCompacting = process.argv[3] === 'compact';
const storage = lmdbStorage({ path: process.argv[2], historyMs: 1e12, historyEvents: 1e9 });
const known = new Map(storage.list('/k/').kvs.map(({ key, modRevision }) => [key, modRevision]));
let count = 0;

// Straight to the pipe: what a buffer of this process held would go with it.
const print = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

async function write(key) {
  const at = known.get(key);
  if (at !== undefined && Math.random() < 0.3) {
    const { ok, kv } = await storage.delete(key, at);
    if (!ok) throw new Error(`${key} is not at ${at}`);
    print(['delete', key, kv.modRevision, '']);
    known.delete(key);
    return;
  }
  const value = `${process.pid}-${count++}-`.padEnd(Math.floor(Math.random() * 6000), 'x');
  const { ok, kv } = at === undefined ? await storage.create(key, Buffer.from(value)) : await storage.update(key, Buffer.from(value), at);
  if (!ok) throw new Error(`${key} is not at ${at}`);
  print(['put', key, kv.modRevision, value.replace(/x*$/, '')]);
  known.set(key, kv.modRevision);
}

for (let writer = 0; writer < writers; writer++) {
  void (async () => {
    for (;;) await write(`/k/${writer}/${Math.floor(Math.random() * keysPerWriter)}`);
  })();
}
if (isCompacting) for (;;) await storage.compact(Math.max(storage.revision() - 20, 1));
