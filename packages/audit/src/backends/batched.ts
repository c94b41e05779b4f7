/** Sends events later, many at a time (k8s.io/apiserver/plugin/pkg/audit/buffered). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { AuditBackend, LostEvents } from '../backend.js';
import type { AuditEvent } from '../event.js';

export interface BatchOptions {
  /** Events that may wait; what comes then is dropped. Default 10,000. */
  readonly bufferSize?: number;
  /** Events at a time. Default 400. */
  readonly maxBatchSize?: number;
  /** How long an event waits for others. Default 30 s. */
  readonly maxBatchWaitMs?: number;
  /** Batches a second, on the average; undefined for as many as there are. Default 10. */
  readonly throttleQps?: number | undefined;
  /** Batches that may go at once after a quiet time. Default 15. */
  readonly throttleBurst?: number;
  /** Whether a batch goes before the one in front of it has arrived. Default true. */
  readonly isAsync?: boolean;
  readonly clock?: Clock;
  /** Told of events that were dropped. */
  readonly lost?: LostEvents;
}

/** The defaults of the log backend: events one by one, as fast as they come. */
export const logBatchDefaults: BatchOptions = Object.freeze({ maxBatchSize: 1, throttleQps: undefined, isAsync: false });

/** Requests never wait for what is behind this, and never fail for it. */
export function batched(backend: AuditBackend, options: BatchOptions = {}): AuditBackend {
  const { bufferSize = 10_000, maxBatchSize = 400, maxBatchWaitMs = 30_000, isAsync = true, clock = systemClock, lost } = options;
  const acquire = 'throttleQps' in options && options.throttleQps === undefined ? () => undefined : tokenBucket(options, clock);
  const buffer: AuditEvent[] = [];
  const underWay = new Set<Promise<unknown>>();
  let isDue = false;
  let draining: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let isClosed = false;

  const send = (batch: AuditEvent[]): Promise<unknown> => {
    const sending = Promise.resolve(backend.process(batch)).finally(() => underWay.delete(sending));
    underWay.add(sending);
    return sending;
  };
  const drain = async (): Promise<void> => {
    while (buffer.length >= maxBatchSize || (isDue && buffer.length > 0)) {
      const token = isClosed ? undefined : acquire();
      if (token !== undefined) await token;
      const sending = send(buffer.splice(0, maxBatchSize));
      if (!isAsync) await sending;
      if (buffer.length < maxBatchSize && !isClosed) isDue = false;
    }
  };
  const startDraining = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    // What has come in the meantime is looked at when it is over.
    draining ??= drain().finally(() => {
      draining = undefined;
      if (buffer.length >= maxBatchSize) startDraining();
      else if (buffer.length > 0) startTimer();
    });
  };
  const startTimer = (): void => {
    cancelTimer ??= clock.after(maxBatchWaitMs, () => {
      isDue = true;
      startDraining();
    });
  };
  const close = async (): Promise<void> => {
    if (!isClosed) {
      isClosed = true;
      isDue = true;
      startDraining();
    }
    await draining;
    await Promise.all(underWay);
    await backend.close();
  };

  return {
    name: `buffered<${backend.name}>`,
    process(events) {
      const room = isClosed ? 0 : bufferSize - buffer.length;
      if (events.length > room)
        lost?.('buffered', events.length - Math.max(0, room), new Error(isClosed ? 'audit backend shut down' : 'audit buffer queue blocked'));
      buffer.push(...events.slice(0, Math.max(0, room)));
      if (buffer.length >= maxBatchSize) startDraining();
      else if (draining === undefined && buffer.length > 0) startTimer();
      return true;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @returns what gives a token: at once, or in a while. */
function tokenBucket({ throttleQps = 10, throttleBurst = 15 }: BatchOptions, clock: Clock): () => Promise<void> | undefined {
  let tokens = throttleBurst;
  let at = clock.now();
  return () => {
    const now = clock.now();
    tokens = Math.min(throttleBurst, tokens + ((now - at) / 1000) * throttleQps) - 1;
    at = now;
    return tokens >= 0 ? undefined : new Promise((resolve) => clock.after((-tokens / throttleQps) * 1000, resolve));
  };
}
