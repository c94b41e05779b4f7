/** A pipeline as a Fetch handler: for servers and tests that speak `Request` and `Response`. */
import { badRequest, requestEntityTooLarge } from '@apiserver-kit/machinery';
import {
  type ApiRequest,
  type ApiResponse,
  createContext,
  type ErrorLog,
  type Handler,
  isWatchStream,
  type PeerCertificate,
  type WatchStream,
} from '@apiserver-kit/pipeline';
import { FrameQueue } from './frame-queue.js';
import { failureResponse } from './listener/failure.js';
import { readRequestTarget } from './listener/request-target.js';
import { pieces } from './listener/write-chunks.js';

export interface FetchOptions {
  /** Told of failures that no client should see. Default: nobody. */
  readonly log?: ErrorLog;
  /** A watch whose reader leaves more than this unread is ended. Default 8 MiB. */
  readonly maxBufferedBytes?: number;
}

/** What the host knows of a client, and a `Request` does not tell. */
export interface FetchClient {
  readonly remoteAddress?: string;
  readonly peerCertificate?: PeerCertificate;
}

/**
 * Answers Fetch requests. A watch becomes a body that goes on; cancelling it, or aborting the request's signal, stops the watch.
 *
 * @example const handle = fetchHandler(server.handler); const response = await handle(new Request('https://api/version'));
 */
export function fetchHandler(
  handler: Handler,
  { log = () => {}, maxBufferedBytes = 8 << 20 }: FetchOptions = {},
): (request: Request, client?: FetchClient) => Promise<Response> {
  return async (request, client = {}) => {
    const target = readRequestTarget(request.url);
    if (target === undefined) return new Response('400 Bad Request', { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    const apiRequest = new FetchRequest(request, target.path, target.rawQuery, client);
    const ctx = createContext(apiRequest);
    const abort = (): void => ctx.abort(request.signal.reason);
    if (request.signal.aborted) abort();
    else request.signal.addEventListener('abort', abort, { once: true });
    let answer: ApiResponse;
    try {
      answer = await handler(ctx);
    } catch (error) {
      answer = failureResponse(log, apiRequest, error);
    }
    const { status, body } = answer;
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one);
    if (isWatchStream(body)) return new Response(watchBody(body, ctx, request.signal, maxBufferedBytes), { status, headers });
    request.signal.removeEventListener('abort', abort);
    const hasNoBody = request.method === 'HEAD' || status === 204 || status === 304;
    return new Response(hasNoBody ? null : bodyInit(body), { status, headers });
  };
}

type BodyInit = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;

function bodyInit(body: Exclude<ApiResponse['body'], WatchStream>): BodyInit {
  if (body === undefined) return null;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>;
  const from = pieces(body);
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = from.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function watchBody(stream: WatchStream, ctx: ReturnType<typeof createContext>, signal: AbortSignal, maxBufferedBytes: number): ReadableStream<Uint8Array> {
  const stop = (): void => {
    signal.removeEventListener('abort', stop);
    // One that has ended by itself knows, and is not told to stop.
    if (queue.isEnded) return;
    ctx.abort(new Error('the client has gone'));
    stream.stop();
    queue.end();
  };
  const queue = new FrameQueue(maxBufferedBytes, stop);
  signal.addEventListener('abort', stop, { once: true });
  stream.start(queue);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const frames = await queue.read();
        if (frames === undefined) {
          signal.removeEventListener('abort', stop);
          controller.close();
        } else {
          for (const frame of frames) controller.enqueue(frame);
        }
      },
      cancel: stop,
    },
    // Nothing is read ahead of the reader, so that what waits is counted in one place.
    { highWaterMark: 0 },
  );
}

class FetchRequest implements ApiRequest {
  readonly isSecure: boolean;
  readonly protocol = 'HTTP/1.1';
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
  readonly #request: Request;
  readonly #certificate: PeerCertificate | undefined;

  constructor(
    request: Request,
    readonly path: string,
    readonly rawQuery: string,
    { remoteAddress = '', peerCertificate }: FetchClient,
  ) {
    this.#request = request;
    this.#certificate = peerCertificate;
    this.isSecure = request.url.startsWith('https:');
    this.method = request.method;
    this.headers = Object.fromEntries(request.headers);
    this.remoteAddress = remoteAddress;
  }

  peerCertificate(): PeerCertificate | undefined {
    return this.#certificate;
  }

  async body(limit: number): Promise<Uint8Array> {
    const { body } = this.#request;
    if (body === null) return new Uint8Array(0);
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of body) {
        length += chunk.length;
        if (limit > 0 && length > limit) break;
        chunks.push(chunk);
      }
    } catch {
      throw badRequest('unexpected EOF');
    }
    if (limit > 0 && length > limit) throw requestEntityTooLarge(`limit is ${limit}`);
    return Buffer.concat(chunks, length);
  }
}
