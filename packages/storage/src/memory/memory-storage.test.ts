import { fakeClock } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { ExpiredError } from '../storage.js';
import { record, storageContract } from '../testing/index.js';
import { type MemoryStorage, memoryStorage } from './index.js';

storageContract('memory', async (clock) => memoryStorage({ clock }));

const bytes = (text: string): Buffer => Buffer.from(text);
const keys = (storage: MemoryStorage, revision?: number): string[] => storage.list('/', { revision }).kvs.map(({ key }) => key);

describe('memory storage', () => {
  it('gives the very value that was written to readers too, now and of the past', () => {
    const storage = memoryStorage();
    const [one, two] = [bytes('one'), bytes('two')];
    storage.create('/a', one);
    storage.update('/a', two, 2);
    expect(storage.get('/a').kv?.value).toBe(two);
    expect(storage.list('/', { revision: 2 }).kvs[0]?.value).toBe(one);
    const { events } = record(storage, '/', { afterRevision: 1 });
    expect(events[1]?.value).toBe(two);
    expect(events[1]?.prevValue).toBe(one);
  });

  it('keeps as many events as it was told to, and drops older ones in bulk', () => {
    const storage = memoryStorage({ historyEvents: 160 });
    for (let i = 0; i < 1000; i++) storage.create(`/${i}`, bytes(''));
    const compacted = storage.compactedRevision();
    expect(storage.revision() - compacted).toBeGreaterThanOrEqual(159);
    expect(storage.revision() - compacted).toBeLessThanOrEqual(170);
    expect(keys(storage, compacted)).toHaveLength(compacted - 1);
    expect(() => storage.list('/', { revision: compacted - 1 })).toThrow(ExpiredError);
  });

  it('drops events that are too old when something is written', () => {
    const clock = fakeClock();
    const storage = memoryStorage({ historyEvents: 100, historyMs: 60_000, clock });
    for (let i = 0; i < 50; i++) storage.create(`/old/${i}`, bytes(''));
    clock.advance(60_000);
    expect(storage.compactedRevision()).toBe(0);
    for (let i = 0; i < 20; i++) storage.create(`/new/${i}`, bytes(''));
    expect(storage.compactedRevision()).toBeGreaterThan(40);
    expect(storage.compactedRevision()).toBeLessThanOrEqual(51);
  });

  it('lists a page out of a hundred thousand other keys without walking them', () => {
    const storage = memoryStorage({ historyEvents: 16 });
    for (let i = 0; i < 100_000; i++) storage.create(`/registry/${i % 10}/${i}`, bytes(''));
    const start = performance.now();
    for (let i = 0; i < 1000; i++) expect(storage.list('/registry/7/', { limit: 1, startKey: '/registry/7/5' }).remaining).toBeGreaterThan(4000);
    // Walking them would take minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a fork', () => {
  it('begins with all state and history, and both go their own ways from there', () => {
    const storage = memoryStorage();
    storage.create('/a', bytes('one'));
    storage.create('/b', bytes('one'));
    const fork = storage.fork();
    expect(fork.list('/')).toEqual(storage.list('/'));
    storage.delete('/a', 2);
    fork.create('/c', bytes('fork'));
    fork.update('/b', bytes('fork'), 3);
    expect(keys(storage)).toEqual(['/b']);
    expect(keys(fork)).toEqual(['/a', '/b', '/c']);
    expect([storage.revision(), fork.revision()]).toEqual([4, 5]);
    expect(keys(fork, 2)).toEqual(['/a']);
    expect(record(fork, '/', { afterRevision: 1 }).events.map(({ key }) => key)).toEqual(['/a', '/b', '/c', '/b']);
    expect(record(storage, '/', { afterRevision: 1 }).events.map(({ key }) => key)).toEqual(['/a', '/b', '/a']);
  });

  it('has watches of its own, and outlives what it was forked from', async () => {
    const storage = memoryStorage();
    const watch = record(storage, '/');
    const fork = storage.fork();
    const forkWatch = record(fork, '/');
    fork.create('/a', bytes(''));
    await storage.close();
    fork.create('/b', bytes(''));
    expect(watch.events).toEqual([]);
    expect(watch.errors).toHaveLength(1);
    expect(forkWatch.events.map(({ key }) => key)).toEqual(['/a', '/b']);
  });

  it('lets keys go by its own clock', () => {
    const [clock, forkClock] = [fakeClock(), fakeClock()];
    const storage = memoryStorage({ clock });
    storage.create('/a', bytes(''), { ttlSeconds: 1 });
    const fork = storage.fork({ clock: forkClock });
    forkClock.advance(1000);
    expect([keys(storage), keys(fork)]).toEqual([['/a'], []]);
  });

  it('takes constant time', () => {
    const storage = memoryStorage();
    for (let i = 0; i < 20_000; i++) storage.create(`/${i}`, bytes(''));
    const forks: MemoryStorage[] = [];
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) forks.push(storage.fork());
    // Copying 20,000 entries as often would take a minute.
    expect(performance.now() - start).toBeLessThan(3000);
    forks[5]!.create('/x', bytes(''));
    expect(keys(forks[6]!)).toHaveLength(20_000);
  });
});
