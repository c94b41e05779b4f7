/** Work by name, one at a time: definitions get their names in an order. */
import type { Clock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';

const minBackoffMs = 5;
const maxBackoffMs = 60_000;

export interface Loop {
  /** Has a name looked at, soon and never in the caller's turn: that may be a cache in the middle of an event. */
  add(name: string): void;
  /** Resolves when nothing is being worked on. Failures that wait for their time do not count. */
  idle(): Promise<void>;
  /** Takes nothing more, and waits for what is under way. */
  close(): Promise<void>;
}

/** Looks at names again that fail, later each time. */
export function createLoop(work: (name: string) => Promise<void>, { clock, log }: { readonly clock: Clock; readonly log: ErrorLog }): Loop {
  const waiting = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, () => void>();
  let running: Promise<void> | undefined;
  let isClosed = false;

  const run = async (): Promise<void> => {
    await Promise.resolve();
    for (const name of waiting) {
      if (isClosed) return;
      waiting.delete(name);
      try {
        await work(name);
        failures.delete(name);
      } catch (error) {
        if (isClosed) return;
        log(`custom resource definition ${name} is tried again`, error);
        const count = failures.get(name) ?? 0;
        failures.set(name, count + 1);
        timers.get(name)?.();
        timers.set(
          name,
          clock.after(Math.min(maxBackoffMs, minBackoffMs * 2 ** count), () => add(name)),
        );
      }
    }
  };

  const add = (name: string): void => {
    if (isClosed) return;
    waiting.add(name);
    running ??= run().finally(() => {
      running = undefined;
      // Something may have come between the last look and now.
      const [next] = waiting;
      if (next !== undefined) add(next);
    });
  };

  const idle = async (): Promise<void> => {
    while (running) await running;
  };

  return {
    add,
    idle,
    async close() {
      isClosed = true;
      for (const cancel of timers.values()) cancel();
      await idle();
    },
  };
}
