import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { lmdbStorage } from './lmdb/index.js';
import { memoryStorage } from './memory/index.js';
import { ExpiredError, type KeyValue, type Storage, type StorageEvent, type WriteResult } from './storage.js';
import { type Recorder, record } from './testing/index.js';

/** The contract written down as plainly as possible: a whole copy of the state for each revision. */
class Model {
  readonly states: Map<string, KeyValue>[] = [new Map(), new Map()];
  readonly events: StorageEvent[] = [];
  compacted = 0;

  get revision(): number {
    return this.states.length - 1;
  }

  get now(): Map<string, KeyValue> {
    return this.states[this.revision]!;
  }

  put(key: string, text: string, expected: number | undefined): WriteResult {
    const before = this.now.get(key);
    if (before?.modRevision !== expected) return { ok: false, current: before, revision: this.revision };
    const revision = this.revision + 1;
    const kv = { key, value: Buffer.from(text), createRevision: before?.createRevision ?? revision, modRevision: revision };
    this.states.push(new Map(this.now).set(key, kv));
    this.events.push({ type: 'put', key, value: kv.value, prevValue: before?.value, prevRevision: before?.modRevision ?? 0, revision });
    return { ok: true, kv };
  }

  delete(key: string, expected: number): WriteResult {
    const before = this.now.get(key);
    if (before?.modRevision !== expected) return { ok: false, current: before, revision: this.revision };
    const revision = this.revision + 1;
    const after = new Map(this.now);
    after.delete(key);
    this.states.push(after);
    this.events.push({ type: 'delete', key, value: before.value, prevValue: before.value, prevRevision: before.modRevision, revision });
    return { ok: true, kv: { ...before, modRevision: revision } };
  }

  list(prefix: string, revision: number, startKey: string | undefined, limit: number): { kvs: KeyValue[]; revision: number; remaining: number } {
    const inOrder = (a: KeyValue, b: KeyValue): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
    const isFrom = (key: string): boolean => startKey === undefined || Buffer.compare(Buffer.from(key), Buffer.from(startKey)) >= 0;
    const all = [...this.states[revision]!.values()].filter(({ key }) => key.startsWith(prefix) && isFrom(key)).sort(inOrder);
    const kvs = limit > 0 ? all.slice(0, limit) : all;
    return { kvs, revision, remaining: all.length - kvs.length };
  }
}

type Operation =
  | { readonly op: 'create' | 'update' | 'delete'; readonly key: string; readonly value: string; readonly isStale: boolean; readonly waits: boolean }
  | { readonly op: 'list'; readonly prefix: string; readonly age: number; readonly startKey: string | undefined; readonly limit: number }
  | { readonly op: 'get'; readonly key: string; readonly age: number }
  | { readonly op: 'watch'; readonly prefix: string; readonly age: number }
  | { readonly op: 'compact'; readonly age: number }
  | { readonly op: 'other' };

const key = fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/b/c', '/a0', '/ab', '/a/\uff5e', '/a/\u{1f600}', '/b', 'z');
const prefix = fc.constantFrom('', '/', '/a', '/a/', '/a/b', 'z', '/none');
const age = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(30) });
const write = fc.record({
  op: fc.constantFrom('create' as const, 'update' as const, 'update' as const, 'delete' as const),
  key,
  value: fc.string({ maxLength: 4 }),
  isStale: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  waits: fc.boolean(),
});
const startKey = fc.option(
  fc.tuple(key, fc.constantFrom('', '\0')).map(([k, end]) => k + end),
  { nil: undefined },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 12, arbitrary: write },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('list' as const), prefix, age, startKey, limit: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('get' as const), key, age }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('watch' as const), prefix, age }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('compact' as const), age }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('other' as const) }) },
);

/** Runs operations on a storage and on the model, and expects the same. `other` gives the storage that takes over, in the same state. */
async function expectAsModel(first: Storage, operations: readonly Operation[], other: (storage: Storage) => Promise<Storage>): Promise<void> {
  const model = new Model();
  let storage = first;
  let watches: { readonly recorder: Recorder; readonly prefix: string; readonly after: number }[] = [];
  let pending: { readonly result: unknown; readonly expected: WriteResult }[] = [];
  const settle = async (): Promise<void> => {
    for (const { result, expected } of pending) expect(await result).toEqual(expected);
    pending = [];
  };
  const checkWatches = (): void => {
    for (const { recorder, prefix, after } of watches) {
      expect(recorder.events).toEqual(model.events.filter((event) => event.revision > after && event.key.startsWith(prefix)));
    }
  };
  for (const operation of operations) {
    // Reads compare with a model that has every write already.
    if (!('waits' in operation && !operation.waits)) await settle();
    switch (operation.op) {
      case 'create':
        pending.push({ result: storage.create(operation.key, Buffer.from(operation.value)), expected: model.put(operation.key, operation.value, undefined) });
        break;
      case 'update':
      case 'delete': {
        const { key, value, isStale } = operation;
        const at = (model.now.get(key)?.modRevision ?? 1) - (isStale ? 1 : 0);
        if (operation.op === 'update') pending.push({ result: storage.update(key, Buffer.from(value), at), expected: model.put(key, value, at) });
        else pending.push({ result: storage.delete(key, at), expected: model.delete(key, at) });
        break;
      }
      case 'list': {
        const { prefix, startKey, limit } = operation;
        const revision = Math.max(model.revision - operation.age, 1);
        const start = startKey?.startsWith(prefix) ? startKey : undefined;
        const listed = (async () => await storage.list(prefix, { revision, startKey: start, limit }))();
        if (revision < model.compacted) await expect(listed).rejects.toBeInstanceOf(ExpiredError);
        else expect(await listed).toEqual(model.list(prefix, revision, start, limit));
        break;
      }
      case 'get': {
        const revision = Math.max(model.revision - operation.age, 1);
        const got = (async () => await storage.get(operation.key, { revision }))();
        if (revision < model.compacted) await expect(got).rejects.toBeInstanceOf(ExpiredError);
        else expect(await got).toEqual({ kv: model.states[revision]!.get(operation.key), revision });
        break;
      }
      case 'watch': {
        const after = Math.max(model.revision - operation.age, 0);
        const recorder = record(storage, operation.prefix, { afterRevision: after });
        if (after < model.compacted) {
          await recorder.until(({ errors }) => errors.length > 0);
          expect(recorder.errors[0]).toBeInstanceOf(ExpiredError);
        } else {
          watches.push({ recorder, prefix: operation.prefix, after });
        }
        break;
      }
      case 'compact': {
        const revision = Math.max(model.revision - operation.age, 1);
        await storage.compact(revision);
        model.compacted = Math.max(model.compacted, revision);
        expect(await storage.compactedRevision()).toBe(model.compacted);
        break;
      }
      case 'other':
        checkWatches();
        watches = [];
        storage = await other(storage);
        break;
    }
  }
  await settle();
  checkWatches();
  expect(await storage.revision()).toBe(model.revision);
  expect((await storage.list('')).kvs).toEqual(model.list('', model.revision, undefined, 0).kvs);
  await storage.close();
}

const directory = mkdtempSync(join(tmpdir(), 'storage-property-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('any sequence of operations has the results of the model', () => {
  const operations = fc.array(operation, { maxLength: 80, size: 'max' });

  it('on memory, and on forks of it', async () => {
    await fc.assert(
      fc.asyncProperty(operations, async (list) => {
        const storage = memoryStorage();
        await expectAsModel(storage, list, async (current) => {
          const fork = (current as typeof storage).fork();
          // What happens to the one must not happen to the other.
          (current as typeof storage).create('/only in the old one', Buffer.from(''));
          return fork;
        });
      }),
      { numRuns: 200 },
    );
  });

  it('on lmdb, also after it has been closed and opened', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(operations, async (list) => {
        const path = join(directory, `${run++}`);
        const open = (): Storage => lmdbStorage({ path });
        await expectAsModel(open(), list, async (storage) => {
          await storage.close();
          return open();
        });
        rmSync(path, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });
});
