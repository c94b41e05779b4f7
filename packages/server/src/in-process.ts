/** Calls a pipeline from within the process: no sockets, no HTTP, the same filters. */
import { asStatusError, parseJson, requestEntityTooLarge, type Status, StatusError, stringifyJson } from '@apiserver-kit/machinery';
import {
  type ApiRequest,
  type ApiResponse,
  bodyBytes,
  createContext,
  type ErrorLog,
  type Handler,
  isWatchStream,
  type PeerCertificate,
  type RequestContext,
  type UserInfo,
} from '@apiserver-kit/pipeline';
import { FrameQueue } from './frame-queue.js';
import { failureResponse } from './listener/failure.js';
import { readRequestTarget } from './listener/request-target.js';

export interface InProcessOptions {
  /** Who calls. It is told past all credentials: see {@link trustedUser}. Default: nobody in particular. */
  readonly user?: UserInfo;
  /** Told of failures that no client should see. Default: nobody. */
  readonly log?: ErrorLog;
  /** A watch whose reader leaves more than this unread is ended. Default 8 MiB. */
  readonly maxBufferedBytes?: number;
}

export interface InProcessRequestOptions {
  /** Default GET. */
  readonly method?: string;
  /** Percent-encoded, with or without a query. */
  readonly path: string;
  readonly query?: string | URLSearchParams | Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Anything but text and bytes is sent as JSON. */
  readonly body?: unknown;
  /** Ends the call: what is done for it is aborted. */
  readonly signal?: AbortSignal;
}

export interface InProcessResponse {
  readonly status: number;
  /** Several values of a header are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  text(): string;
  /** @throws SyntaxError when the body is not JSON. */
  json<T = unknown>(): T;
}

export interface WatchEvent<T = unknown> {
  readonly type: string;
  readonly object: T;
}

/** The events of a watch. `return()`, or leaving a loop over it, ends the watch. */
export interface WatchEvents<T = unknown> extends AsyncIterableIterator<WatchEvent<T>, undefined, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<WatchEvent<T>, undefined>>;
  [Symbol.asyncIterator](): WatchEvents<T>;
}

/** A client in the process of its server. */
export interface InProcessClient {
  /** Makes a request and gives the whole answer, whatever its status. */
  request(options: InProcessRequestOptions): Promise<InProcessResponse>;
  /**
   * Watches: the events in order, until the server ends it or the caller stops reading. It is asked for now, not when the first event is read:
   * what happens after this call is seen.
   *
   * Reading throws the StatusError of an answer that is no watch, and an Error when too much was left unread.
   */
  watch<T = unknown>(path: string, options?: Omit<InProcessRequestOptions, 'path' | 'method' | 'body'>): WatchEvents<T>;
  /** The same pipeline as another user. */
  as(user: UserInfo | undefined): InProcessClient;
}

/**
 * The user whom an in-process client speaks for; undefined for every request that came from outside. For the authenticator that stands first in
 * an assembly: there is no header or field that could be forged, only requests of a class of this module have it.
 */
export const trustedUser = ({ request }: RequestContext): UserInfo | undefined => InProcessRequest.userOf(request);

/**
 * Makes a client of a handler.
 *
 * @example
 * const client = inProcessClient(server.handler, { user: { name: 'admin', groups: ['system:masters'] } });
 * const { status } = await client.request({ path: '/api/v1/namespaces' });
 */
export function inProcessClient(handler: Handler, options: InProcessOptions = {}): InProcessClient {
  const { user, log = () => {}, maxBufferedBytes = 8 << 20 } = options;

  const call = async (asked: InProcessRequestOptions): Promise<Called> => {
    const request = new InProcessRequest(asked, user);
    const ctx = createContext(request);
    const { signal } = asked;
    const abort = (): void => ctx.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return { ctx, response: await handler(ctx) };
    } catch (error) {
      return { ctx, response: failureResponse(log, request, error) };
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };

  return {
    async request(asked) {
      const called = await call(asked);
      const { response } = called;
      if (!isWatchStream(response.body)) return new Answer(response, bodyBytes(response.body));
      // Whoever asks for a whole answer waits for the watch to end.
      const chunks: Uint8Array[] = [];
      const reader = new WatchReader(called, maxBufferedBytes, asked.signal);
      for (let frames = await reader.read(); frames !== undefined; frames = await reader.read()) chunks.push(...frames);
      return new Answer(response, Buffer.concat(chunks));
    },

    watch: <T>(path: string, asked: Omit<InProcessRequestOptions, 'path' | 'method' | 'body'> = {}) =>
      new Events<T>(call({ ...asked, path: watching(path) }).then((called) => new WatchReader(called, maxBufferedBytes, asked.signal))),

    as: (other) => inProcessClient(handler, { ...options, user: other }),
  };
}

/** A list's path as a watch of it. */
const watching = (path: string): string => (/[?&]watch=/.test(path) ? path : `${path}${path.includes('?') ? '&' : '?'}watch=true`);

interface Called {
  readonly ctx: RequestContext;
  readonly response: ApiResponse;
}

/** A watch being read: it runs from here on, whether somebody reads or not. */
class WatchReader {
  readonly #queue: FrameQueue;
  readonly #signal: AbortSignal | undefined;
  readonly #stop: () => void;
  #isOpen = true;

  /** @throws Error when the answer is no watch. */
  constructor({ ctx, response }: Called, maxBufferedBytes: number, signal: AbortSignal | undefined) {
    const { body } = response;
    if (!isWatchStream(body)) throw notAWatch(response);
    this.#signal = signal;
    this.#stop = () => {
      ctx.abort(new Error('the client has gone'));
      body.stop();
    };
    this.#queue = new FrameQueue(maxBufferedBytes, this.close);
    if (signal?.aborted) {
      this.close();
      return;
    }
    signal?.addEventListener('abort', this.close, { once: true });
    body.start(this.#queue);
  }

  /** @returns undefined at the end. @throws Error when too much was left unread. */
  async read(): Promise<Uint8Array[] | undefined> {
    const frames = await this.#queue.read();
    if (frames === undefined) {
      this.#isOpen = false;
      this.#signal?.removeEventListener('abort', this.close);
    }
    return frames;
  }

  readonly close = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#signal?.removeEventListener('abort', this.close);
    // One that has ended by itself knows, and is not told to stop.
    if (!this.#queue.isEnded) this.#stop();
    this.#queue.end();
  };
}

/** Events out of frames. */
class Events<T> implements WatchEvents<T> {
  readonly #opened: Promise<WatchReader>;
  readonly #decoder = new TextDecoder();
  #lines: string[] = [];
  #rest = '';

  constructor(opened: Promise<WatchReader>) {
    this.#opened = opened;
    // Said to whoever reads; nobody has to.
    opened.catch(() => {});
  }

  async next(): Promise<IteratorResult<WatchEvent<T>, undefined>> {
    const reader = await this.#opened;
    while (this.#lines.length === 0) {
      const frames = await reader.read();
      if (frames === undefined) return { done: true, value: undefined };
      for (const frame of frames) this.#rest += this.#decoder.decode(frame, { stream: true });
      const lines = this.#rest.split('\n');
      this.#rest = lines.pop()!;
      this.#lines = lines.filter((line) => line !== '');
    }
    return { done: false, value: parseJson(this.#lines.shift()!) as WatchEvent<T> };
  }

  async return(): Promise<IteratorResult<WatchEvent<T>, undefined>> {
    this.#lines = [];
    await this.#opened.then(
      (reader) => reader.close(),
      () => {}, // it never began
    );
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

function notAWatch({ status, body }: ApiResponse): Error {
  if (isWatchStream(body)) return new Error('it is a watch');
  const text = Buffer.from(bodyBytes(body)).toString();
  try {
    const { kind, code, reason, message, details } = JSON.parse(text) as Partial<Status>;
    if (kind === 'Status') return new StatusError({ code: code ?? status, reason, message: message ?? '', details });
  } catch (error) {
    if (asStatusError(error)) throw error; // text that is not JSON is said as it is
  }
  return new Error(`the answer is no watch: ${status} ${text.slice(0, 200)}`);
}

class Answer implements InProcessResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    { status, headers }: ApiResponse,
    readonly body: Uint8Array,
  ) {
    this.status = status;
    this.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]));
  }

  // Functions of their own, so that they can be taken out of an answer.
  readonly text = (): string => Buffer.from(this.body).toString();
  readonly json = <T>(): T => parseJson(this.text()) as T;
}

class InProcessRequest implements ApiRequest {
  readonly isSecure = true;
  readonly protocol = 'HTTP/1.1';
  readonly remoteAddress = '';
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly #body: Uint8Array | undefined;
  readonly #user: UserInfo | undefined;

  static userOf(request: ApiRequest): UserInfo | undefined {
    return #user in request ? (request as InProcessRequest).#user : undefined;
  }

  constructor({ method = 'GET', path, query, headers = {}, body }: InProcessRequestOptions, user: UserInfo | undefined) {
    const target = path.startsWith('/') ? readRequestTarget(path) : undefined;
    if (target === undefined) throw new TypeError(`a path starts with a slash and is percent-encoded: ${JSON.stringify(path)}`);
    const more = query === undefined ? '' : typeof query === 'string' ? query : new URLSearchParams(query as Record<string, string>).toString();
    this.method = method;
    this.path = target.path;
    this.rawQuery = target.rawQuery === '' || more === '' ? target.rawQuery + more : `${target.rawQuery}&${more}`;
    this.#body = body === undefined ? undefined : body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : stringifyJson(body));
    // A copy: filters take headers out of it.
    this.headers = body === undefined || headers['content-type'] !== undefined ? { ...headers } : { 'content-type': 'application/json', ...headers };
    this.#user = user;
  }

  peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  body(limit: number): Promise<Uint8Array> {
    const body = this.#body ?? new Uint8Array(0);
    return limit > 0 && body.length > limit ? Promise.reject(requestEntityTooLarge(`limit is ${limit}`)) : Promise.resolve(body);
  }
}
