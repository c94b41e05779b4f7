import { fakeClock, printStored } from '@apiserver-kit/machinery';
import { ExpiredError } from '@apiserver-kit/storage';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cacher } from './index.js';
import { delayedStorage } from './testing/delayed-storage.js';
import { configMap, keyOf, prefix } from './testing/objects.js';
import { pathOf } from './testing/recording.js';

const scenario = fc.record({
  delays: fc.array(fc.nat(15), { minLength: 1, maxLength: 40 }),
  writers: fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 }),
  readers: fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
  breaks: fc.array(fc.tuple(fc.nat(200), fc.boolean()), { maxLength: 3 }),
});

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await undefined;
};

describe('readers beside writers, over a storage that takes its time and whose watches break', () => {
  it('see after fresh() all that was acknowledged before, and in each list the state of just its resourceVersion', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ delays, writers, readers, breaks }) => {
        let at = 0;
        const storage = delayedStorage(memoryStorage(), () => turns(delays[at++ % delays.length]!));
        const clock = fakeClock();
        let isRunning = true;
        const passTime = (): void => {
          clock.advance(50);
          if (isRunning) setImmediate(passTime);
        };
        passTime();
        await using cacher = new Cacher(storage, prefix, { clock, windowEvents: 5 });

        let acknowledged = 0;
        const writes: { readonly path: string; readonly revision: number }[] = [];
        const lists: { readonly resourceVersion: number; readonly texts: string[] }[] = [];

        const write = async (steps: readonly number[], writer: number): Promise<void> => {
          for (const [n, wait] of steps.entries()) {
            await turns(wait);
            const result = await storage.create(keyOf('a', `${writer}-${n}`), printStored(configMap('a', `${writer}-${n}`)));
            if (!result.ok) throw new Error('the write was refused');
            writes.push({ path: `a/${writer}-${n}`, revision: result.kv.modRevision });
            acknowledged = Math.max(acknowledged, result.kv.modRevision);
          }
        };
        const read = async (steps: readonly number[]): Promise<void> => {
          for (const [n, wait] of steps.entries()) {
            await turns(wait);
            const before = acknowledged;
            if (n % 3 === 2) expect((await cacher.reached(before)).revision).toBeGreaterThanOrEqual(before);
            else await cacher.fresh();
            const { entries, resourceVersion } = n % 2 === 0 ? cacher.list({}) : await cacher.listAt(Math.max(before, 1), {});
            expect(resourceVersion).toBeGreaterThanOrEqual(before);
            lists.push({ resourceVersion, texts: entries.map((entry) => `${pathOf(entry)} ${entry.resourceVersion}`) });
          }
        };
        const disturb = async ([wait, isLost]: readonly [number, boolean]): Promise<void> => {
          await turns(wait);
          storage.breakWatches(isLost ? new ExpiredError(0) : new Error('connection reset'));
        };

        try {
          await Promise.all([...writers.map(write), ...readers.map(read), ...breaks.map(disturb)]);
        } finally {
          isRunning = false;
        }
        for (const { resourceVersion, texts } of lists) {
          const there = writes.filter(({ revision }) => revision <= resourceVersion).map(({ path, revision }) => `${path} ${revision}`);
          expect(texts).toEqual(there.sort());
        }
      }),
      { numRuns: 150 },
    );
  });
});
