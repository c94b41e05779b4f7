import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../memory/index.js';
import type { StorageEvent, WatchSink } from '../storage.js';
import { History, record } from './index.js';

/** Two clients, a reader and a watch over a storage that does nothing wrong, and its account. */
async function remembered(): Promise<{ readonly history: History; readonly account: readonly StorageEvent[] }> {
  const storage = memoryStorage();
  const history = new History();
  const watch = history.watch(storage, '/a', 1);
  await history.create(storage, '/a', 'one');
  await history.update(storage, '/a', 'two', 2);
  await history.read(storage, '/a');
  await history.create(storage, '/b', 'three');
  await history.delete(storage, '/a', 3);
  await history.read(storage, '/a');
  await watch.reached(5);
  return { history, account: record(storage, '/', { afterRevision: 1 }).events };
}

const lies: readonly (readonly [string, (account: readonly StorageEvent[]) => readonly StorageEvent[], RegExp])[] = [
  ['an acknowledged write is missing', (account) => account.filter(({ key }) => key !== '/b'), /create of \/b was acknowledged at 4/],
  ['another value was written', (account) => account.with(2, { ...account[2]!, value: Buffer.from('four') }), /four at 4 was written twice, or by nobody/],
  ['a write was done twice', (account) => [...account, { ...account[2]!, revision: 9, prevRevision: 4 }], /three at 9 was written twice/],
  ['somebody else wrote', (account) => [...account, { ...account[2]!, revision: 9, key: '/c', value: Buffer.from('five') }], /by nobody/],
  ['revisions go back', (account) => [account[1]!, account[0]!, ...account.slice(2)], /comes after|follows/],
  ['a change does not follow from the last', (account) => account.with(1, { ...account[1]!, prevRevision: 1 }), /\/a at 3 follows 1, but 2 was there/],
];

describe('a history', () => {
  it('fits the account of a storage that does nothing wrong', async () => {
    const { history, account } = await remembered();
    history.check(account);
    expect([history.acknowledged, history.unknown]).toEqual([4, 0]);
  });

  it.each(lies)('does not fit when %s', async (_, change, sentence) => {
    const { history, account } = await remembered();
    expect(() => history.check(change(account))).toThrow(sentence);
  });

  const watches: readonly (readonly [string, (sink: WatchSink, events: readonly StorageEvent[]) => void, RegExp])[] = [
    ['misses an event', (sink, events) => sink.onEvents(events.slice(1)), /was told of 3 when 2 was due/],
    ['repeats an event', (sink, [first, ...others]) => sink.onEvents([first!, first!, ...others]), /was told of 2 when 3 was due/],
    ['misses the end', (sink, events) => sink.onEvents(events.slice(0, 1)), /was not told of 3/],
    ['says too early how far it is', (sink, events) => [sink.onProgress(3), sink.onEvents(events)], /was at 3 before it was told of 2/],
  ];
  it.each(watches)('does not fit a watch that %s', async (_, tell, sentence) => {
    const storage = memoryStorage();
    const history = new History();
    const liar = Object.assign(Object.create(storage) as typeof storage, {
      watch: (_prefix: string, _options: object, sink: WatchSink) => {
        queueMicrotask(() => tell(sink, account));
        return { close: () => {}, requestProgress: () => {} };
      },
    });
    await history.create(storage, '/a', 'one');
    await history.create(storage, '/b', 'two');
    const account = record(storage, '/', { afterRevision: 1 }).events;
    history.watch(liar, '/', 1);
    await Promise.resolve();
    expect(() => history.check(account)).toThrow(sentence);
  });

  const reads: readonly (readonly [string, number, RegExp])[] = [
    ['sees what is not there any more', 3, /saw what was written at 2; the last write was put at 3/],
    ['is older than what had been acknowledged', 2, /saw revision 2 after 3 had been seen/],
  ];
  it.each(reads)('does not fit a read that %s', async (_, revision, sentence) => {
    const storage = memoryStorage();
    const history = new History();
    await history.create(storage, '/a', 'one');
    const old = { ...storage.get('/a'), revision };
    await history.update(storage, '/a', 'two', 2);
    await history.read(Object.assign(Object.create(storage) as typeof storage, { get: () => old }), '/a');
    expect(() => history.check(record(storage, '/', { afterRevision: 1 }).events)).toThrow(sentence);
  });
});
