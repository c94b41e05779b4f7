import { fakeClock } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { type Outcome, WorkQueue } from './work-queue.js';

/** Work that is done when the test says so. */
function heldWork() {
  const done: ((outcome?: Outcome) => void)[] = [];
  const keys: string[] = [];
  const work = (key: string): Promise<Outcome> => {
    keys.push(key);
    return new Promise((resolve) => done.push((outcome) => resolve(outcome)));
  };
  return { keys, done, work };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  it('never works on one key twice at once, and once more on a key that was added meanwhile', async () => {
    const { keys, done, work } = heldWork();
    const queue = new WorkQueue(work);
    queue.add('a');
    await turn();
    queue.add('a');
    queue.add('a');
    await turn();
    expect(keys).toEqual(['a']);
    done[0]!();
    await turn();
    expect(keys).toEqual(['a', 'a']);
    done[1]!();
    await queue.idle();
    expect(keys).toEqual(['a', 'a']);
  });

  it('works on different keys at once', async () => {
    const { keys, work } = heldWork();
    const queue = new WorkQueue(work);
    queue.add('a');
    queue.add('b');
    await turn();
    expect(keys).toEqual(['a', 'b']);
  });

  it('looks again after the time that the work asks for, or when somebody adds the key before', async () => {
    const clock = fakeClock();
    let calls = 0;
    const queue = new WorkQueue(
      async () => {
        calls++;
        return calls < 3 ? { againInMs: 1000 } : undefined;
      },
      { clock },
    );
    queue.add('a');
    await queue.idle();
    clock.advance(999);
    await queue.idle();
    expect(calls).toBe(1);
    queue.add('a');
    await queue.idle();
    expect(calls).toBe(2);
    clock.advance(1000);
    await queue.idle();
    expect(calls).toBe(3);
    clock.advance(100_000);
    await queue.idle();
    expect(calls).toBe(3);
  });

  it('tries again what failed, each time after twice the wait, and tells', async () => {
    const clock = fakeClock();
    const told: string[] = [];
    let calls = 0;
    const queue = new WorkQueue(
      async () => {
        calls++;
        throw new Error('no');
      },
      { clock, log: (message) => told.push(message), name: 'test', minBackoffMs: 10, maxBackoffMs: 25 },
    );
    queue.add('a');
    await queue.idle();
    for (const wait of [10, 20, 25, 25]) {
      const before = calls;
      clock.advance(wait - 1);
      await queue.idle();
      expect(calls).toBe(before);
      clock.advance(1);
      await queue.idle();
      expect(calls).toBe(before + 1);
    }
    expect(told[0]).toBe('test: a is tried again');
  });

  it('works on no more keys at once than it is told, in the order in which they came', async () => {
    const { keys, done, work } = heldWork();
    const queue = new WorkQueue(work, { concurrency: 2 });
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await turn();
    expect(keys).toEqual(['a', 'b']);
    done[1]!();
    await turn();
    expect(keys).toEqual(['a', 'b', 'c']);
    for (let i = 0; i < 4; i++) {
      done[i]?.();
      await turn();
    }
    expect(keys).toEqual(['a', 'b', 'c', 'd']);
    await queue.close();
  });

  it('asks the work to end when it is closed, waits for it, and takes nothing more', async () => {
    let isAborted = false;
    const queue = new WorkQueue(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            isAborted = true;
            resolve(undefined);
          });
        }),
    );
    queue.add('a');
    await turn();
    await queue.close();
    expect(isAborted).toBe(true);
    queue.add('b');
    await queue.idle();
  });
});
