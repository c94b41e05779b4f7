import type { Clock } from '@apiserver-kit/machinery';

/** A signal that is aborted with another one, or when time is over. `end` has to be called. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Whether time was over first. */
  readonly isOver: boolean;
  end(): void;
}

/** Begins to count. */
export function timeLimit(parent: AbortSignal, ms: number, clock: Clock): TimeLimit {
  const controller = new AbortController();
  const abort = (): void => controller.abort(parent.reason);
  let isOver = false;
  if (parent.aborted) abort();
  parent.addEventListener('abort', abort, { once: true });
  const cancel = clock.after(ms, () => {
    isOver = !controller.signal.aborted;
    controller.abort(new Error('context deadline exceeded'));
  });
  return {
    signal: controller.signal,
    get isOver() {
      return isOver;
    },
    end() {
      cancel();
      parent.removeEventListener('abort', abort);
    },
  };
}

/** Runs with a limit; the work is aborted when time is over. @throws Error `context deadline exceeded` then. */
export async function within<T>(parent: AbortSignal, ms: number, clock: Clock, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = timeLimit(parent, ms, clock);
  try {
    return await run(limit.signal);
  } catch (error) {
    throw limit.isOver ? new Error('context deadline exceeded', { cause: error }) : error;
  } finally {
    limit.end();
  }
}
