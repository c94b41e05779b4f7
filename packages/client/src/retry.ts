/** Trying again, later and later (k8s.io/apimachinery/pkg/util/wait and k8s.io/apiserver/pkg/util/webhook). */
import { asStatusError, type Clock, isReason, systemClock } from '@apiserver-kit/machinery';

export interface Backoff {
  /** So many attempts in all. Default 5. */
  readonly steps?: number;
  /** Between the first two attempts. Default 500. */
  readonly initialMs?: number;
  /** What each wait is longer than the one before. Default 1.5. */
  readonly factor?: number;
  /** Up to which part of itself a wait is prolonged, by chance. Default 0.2. */
  readonly jitter?: number;
}

export interface RetryOptions extends Backoff {
  /** Whether it is worth another attempt. Default {@link isTransient}. */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Failures that may be over soon: connections that broke, and what servers say of themselves. */
export function isTransient(error: unknown): boolean {
  if (isCode(error, 'ECONNRESET') || isReason(error, 'InternalError') || isReason(error, 'Timeout') || isReason(error, 'TooManyRequests')) return true;
  return (asStatusError(error)?.status.details?.retryAfterSeconds ?? 0) > 0;
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

/**
 * Runs until it succeeds, fails for good, or has been tried often enough.
 * @throws what the last attempt threw.
 */
export async function retry<Value>(run: () => Promise<Value>, options: RetryOptions = {}): Promise<Value> {
  const { steps = 5, initialMs = 500, factor = 1.5, jitter = 0.2, shouldRetry = isTransient, signal, clock = systemClock, random = Math.random } = options;
  let wait = initialMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= steps || signal?.aborted || !shouldRetry(error)) throw error;
      await pause(wait * (1 + random() * jitter), clock, signal);
      if (signal?.aborted) throw error;
      wait *= factor;
    }
  }
}

/** Ends early when the signal is aborted; who waits looks. */
function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}
