import type { Filter, Handler } from '../handler.js';
import { type ApiResponse, isWatchStream, sinkEnding, text, type WatchStream } from '../response.js';

/** Knows what is under way, so that a server can stop without dropping anything. */
export interface Drain {
  /** Counts requests and streams; refuses new ones with 503 and Retry-After once draining. */
  readonly filter: Filter;
  readonly inFlight: number;
  /** Ends all watches in good order and resolves when every request has been answered, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  /** True from the call of `drain` on. */
  readonly isDraining: boolean;
}

/** Paths that answer to the end, so that load balancers see what happens. */
const isProbe = (path: string): boolean => path.startsWith('/healthz') || path.startsWith('/livez') || path.startsWith('/readyz');

/** A wait group for requests and watches (the reference's in-flight wait group and its retry-after at shutdown). */
export function createDrain(): Drain {
  let inFlight = 0;
  let isDraining = false;
  let onIdle: (() => void) | undefined;
  const streams = new Set<WatchStream>();
  const done = (): void => {
    if (--inFlight === 0) onIdle?.();
  };

  const track = (stream: WatchStream): WatchStream => {
    const tracked: WatchStream = {
      start(sink) {
        if (isDraining) {
          stream.stop();
          sink.end();
          return;
        }
        streams.add(tracked);
        ends.set(tracked, () => sink.end());
        stream.start(sinkEnding(sink, () => streams.delete(tracked)));
      },
      stop() {
        streams.delete(tracked);
        stream.stop();
      },
    };
    return tracked;
  };
  const ends = new WeakMap<WatchStream, () => void>();

  const counted =
    (next: Handler): Handler =>
    (ctx) => {
      if (isDraining && !isProbe(ctx.request.path)) {
        const refusal = text(503, 'The apiserver is shutting down, please try again later.\n');
        refusal.headers['retry-after'] = '1';
        refusal.headers.connection = 'close';
        return refusal;
      }
      inFlight++;
      let response: ApiResponse | Promise<ApiResponse>;
      try {
        response = next(ctx);
      } catch (error) {
        done();
        throw error;
      }
      if (response instanceof Promise) {
        return response.then(
          (value) => {
            done();
            return withTracking(value);
          },
          (error: unknown) => {
            done();
            throw error;
          },
        );
      }
      done();
      return withTracking(response);
    };
  const withTracking = (response: ApiResponse): ApiResponse => {
    if (isWatchStream(response.body)) response.body = track(response.body);
    return response;
  };

  return {
    filter: (next) => counted(next),
    get inFlight() {
      return inFlight;
    },
    get isDraining() {
      return isDraining;
    },
    async drain(timeoutMs) {
      isDraining = true;
      for (const stream of [...streams]) {
        stream.stop();
        ends.get(stream)?.();
      }
      if (inFlight === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

/** Holds back everything but health checks until the server has what it needs: 503 with Retry-After. */
export const readyGate =
  (isReady: () => boolean): Filter =>
  (next) =>
  (ctx) => {
    if (isReady() || isProbe(ctx.request.path)) return next(ctx);
    const refusal = text(503, 'the server is starting, please try again\n');
    refusal.headers['retry-after'] = '1';
    return refusal;
  };
