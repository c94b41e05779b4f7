/** Plain HTTPS requests to a test server, for what kubectl cannot send. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import type { Credentials } from '../scripts/start-server.mjs';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** @throws SyntaxError when the body is not JSON. */
  json<T = { [field: string]: unknown }>(): T;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

/** A client of one server with one identity, on connections that are kept. */
export class HttpClient {
  readonly #url: string;
  readonly #agent: Agent;

  /** Only `ca` in the credentials: anonymous. */
  constructor(url: string, credentials: Pick<Credentials, 'ca'> & Partial<Credentials>, { maxSockets = 8 }: { maxSockets?: number } = {}) {
    const { ca, cert, key } = credentials;
    this.#url = url;
    this.#agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets });
  }

  #open(path: string, { method = 'GET', headers = {}, body }: Asked, signal?: AbortSignal): Promise<IncomingMessage> {
    const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      signal,
    };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.#url), options, resolve);
      sent.on('error', reject);
      sent.end(payload);
    });
  }

  /** Sends a request and reads the whole answer. */
  async ask(path: string, asked: Asked = {}): Promise<Answer> {
    const response = await this.#open(path, asked);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    return { status: response.statusCode!, headers: response.headers, text, json: <T>() => JSON.parse(text) as T };
  }

  /** The lines of an answer that goes on, until the caller stops reading. */
  async *lines(path: string, asked: Asked = {}): AsyncGenerator<string> {
    const abort = new AbortController();
    const response = await this.#open(path, asked, abort.signal);
    let rest = '';
    try {
      for await (const chunk of response) {
        const parts = (rest + String(chunk)).split('\n');
        rest = parts.pop()!;
        yield* parts.filter((line) => line !== '');
      }
    } finally {
      abort.abort();
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly kind?: string;
    readonly code?: number;
    readonly reason?: string;
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  };
}

/** The first `count` events of a watch. */
export async function events(client: HttpClient, path: string, count: number): Promise<WatchEvent[]> {
  const seen: WatchEvent[] = [];
  for await (const line of client.lines(path)) {
    seen.push(JSON.parse(line) as WatchEvent);
    if (seen.length === count) break;
  }
  return seen;
}
