import { describe, expect, it } from 'vitest';
import { Shared } from './shared.js';
import { WriteOrder } from './write-order.js';

/** Promises that are settled by hand, in the order in which they were asked for. */
class Manual<T> {
  readonly waiting: { readonly resolve: (value: T) => void; readonly reject: (error: Error) => void }[] = [];
  next = (): Promise<T> => new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('writes to one key', () => {
  it('wait for each other, also for one that fails, and not for those to others', async () => {
    const [order, writes] = [new WriteOrder(), new Manual<number>()];
    const first = order.run('/a', writes.next);
    const second = order.run('/a', writes.next);
    const other = order.run('/b', writes.next);
    expect(writes.waiting).toHaveLength(2);
    writes.waiting[0]!.reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await turn();
    expect(writes.waiting).toHaveLength(3);
    writes.waiting[1]!.resolve(1);
    writes.waiting[2]!.resolve(2);
    expect(await Promise.all([other, second])).toEqual([1, 2]);
  });

  it('have all ended when it is idle', async () => {
    const [order, writes] = [new WriteOrder(), new Manual<void>()];
    await order.idle();
    let isIdle = false;
    const writing = [order.run('/a', writes.next), order.run('/a', writes.next)];
    const idle = order.idle().then(() => {
      isIdle = true;
    });
    writes.waiting[0]!.resolve();
    await turn();
    expect(isIdle).toBe(false);
    writes.waiting[1]!.resolve();
    await Promise.all([...writing, idle]);
  });
});

describe('a shared read', () => {
  it('gives nobody an answer that was on its way before they asked, and all of them one that was not', async () => {
    const reads = new Manual<number>();
    const shared = new Shared(reads.next);
    const first = shared.get();
    const [second, third] = [shared.get(), shared.get()];
    expect(reads.waiting).toHaveLength(1);
    reads.waiting[0]!.resolve(1);
    expect(await first).toBe(1);
    await turn();
    expect(reads.waiting).toHaveLength(2);
    const fourth = shared.get();
    reads.waiting[1]!.resolve(2);
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    await turn();
    reads.waiting[2]!.resolve(3);
    expect(await fourth).toBe(3);
  });

  it('fails for those who share it, and is tried again by the next', async () => {
    const reads = new Manual<number>();
    const shared = new Shared(reads.next);
    const [first, second] = [shared.get(), shared.get()];
    reads.waiting[0]!.reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await turn();
    reads.waiting[1]!.resolve(2);
    expect(await second).toBe(2);
  });
});
