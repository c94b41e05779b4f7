/** What a handler answers: a status, headers, and a body of bytes, chunks or a stream of watch frames. */
import { type Status, StatusError, stringifyJson } from '@apiserver-kit/machinery';

/** Headers by lower-case name. Several values of one header stand in an array. */
export type ResponseHeaders = Record<string, string | readonly string[]>;

/** Where a stream's frames go: a connection, or a test. Made by the listener. */
export interface FrameSink {
  /** Queues frames to be sent, in order. The buffers are shared with other watchers: never write to them. */
  write(frames: readonly Uint8Array[]): void;
  /** Ends the stream in good order. */
  end(): void;
  /** Bytes that were written and have not left yet: a watcher that does not read lets this grow. */
  readonly bufferedBytes: number;
  /** Calls back once, when all that was written has left. Where this method is missing, nobody can tell. */
  whenDrained?(run: () => void): void;
  /** Breaks the stream off: the client sees that something is missing. Where this method is missing, `end` is all there is. */
  fail?(): void;
}

/** A sink in front of another: its own `end`, and all else passed on. */
export const sinkEnding = (sink: FrameSink, onEnd: () => void): FrameSink => ({
  write: (frames) => sink.write(frames),
  end: () => {
    onEnd();
    sink.end();
  },
  get bufferedBytes() {
    return sink.bufferedBytes;
  },
  ...(sink.whenDrained && { whenDrained: (run: () => void) => sink.whenDrained!(run) }),
  ...(sink.fail && {
    fail: () => {
      onEnd();
      sink.fail!();
    },
  }),
});

/**
 * A body that goes on: a watch. The listener calls `start` once, and `stop` when the client has gone or the server wants it ended; after
 * `sink.end()` has been called, `stop` is not.
 */
export interface WatchStream {
  start(sink: FrameSink): void;
  /** Ends it from outside; nothing is written after. Safe to call twice. */
  stop(): void;
}

/** A connection taken over from HTTP (upgrade). The handler owns the raw socket from then on. */
export type Body = undefined | string | Uint8Array | readonly Uint8Array[] | WatchStream;

export interface ApiResponse {
  status: number;
  headers: ResponseHeaders;
  body: Body;
}

export const isWatchStream = (body: Body): body is WatchStream => typeof body === 'object' && 'start' in body;

/** A body as one buffer: for tests, for Fetch, and for compression. Not for a WatchStream. */
export function bodyBytes(body: Exclude<Body, WatchStream>): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? body : Buffer.concat(body as Uint8Array[]);
}

export const jsonType = 'application/json';

/** A JSON answer. Use for small documents; objects from a cache are answered by their bytes. */
export const json = (status: number, value: unknown): ApiResponse => ({ status, headers: { 'content-type': jsonType }, body: `${stringifyJson(value)}\n` });

/** A plain-text answer. */
export const text = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
});

/** What the reference's router says of a path that nobody serves. */
export const pageNotFound = (): ApiResponse => text(404, '404 page not found\n');

/** The answer to a failure: its Status as JSON, with `retry-after` where the Status asks for it. */
export function statusResponse(error: StatusError | Status): ApiResponse {
  const status =
    error instanceof StatusError ? error.status : 'status' in error && 'kind' in error ? (error as Status) : (error as unknown as StatusError).status;
  const response = json(status.code ?? 200, status);
  const seconds = status.details?.retryAfterSeconds;
  if (seconds) response.headers['retry-after'] = String(seconds);
  return response;
}
