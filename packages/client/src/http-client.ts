/** Requests over HTTPS, with the authorities and the certificate of one's choice: the one place that knows node's client. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

/** How a server is known, and how it knows us. */
export interface HttpClientOptions {
  /** PEM: the authorities of servers. Default: those of the system. */
  readonly caPem?: string;
  /** PEM: our certificate and its key. */
  readonly certPem?: string;
  readonly keyPem?: string;
  /** The name that the server's certificate has to bear, where it is not the host of the URL. */
  readonly serverName?: string;
  /** Believes any server. Default false. */
  readonly insecureSkipTlsVerify?: boolean;
  /** A request takes at most so long, its answer's body included. Default 30 s. */
  readonly timeoutMs?: number;
  /** Bytes of an answer's body. Default 10 MiB. */
  readonly maxAnswerBytes?: number;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** As the server words it: `404 Not Found`. */
  readonly statusLine: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Makes requests, and keeps connections for the next ones. */
export interface HttpClient extends AsyncDisposable {
  /** @throws Error when there is no answer. Any status is one; redirects are not followed. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export function httpClient(options: HttpClientOptions = {}): HttpClient {
  const { caPem, certPem, keyPem, serverName, insecureSkipTlsVerify = false, timeoutMs = 30_000, maxAnswerBytes = 10 << 20 } = options;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 64,
    ca: caPem,
    cert: certPem,
    key: keyPem,
    servername: serverName,
    rejectUnauthorized: !insecureSkipTlsVerify,
    minVersion: 'TLSv1.2',
  });
  const close = (): Promise<void> => {
    agent.destroy();
    return Promise.resolve();
  };
  return {
    request: (request) => exchange(request, agent, timeoutMs, maxAnswerBytes),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function exchange({ method, url, headers, body, signal }: HttpRequest, agent: Agent, timeoutMs: number, maxAnswerBytes: number): Promise<HttpAnswer> {
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    const options: RequestOptions = { method, headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) } };
    const request = target.protocol === 'http:' ? httpRequest(target, options) : httpsRequest(target, { ...options, agent });
    // One timer for the whole: node's own timeouts start anew with each byte.
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} seconds`)), timeoutMs);
    const abort = (): void => {
      request.destroy(signal?.reason instanceof Error ? signal.reason : new Error('the request was aborted'));
    };
    const settle = (run: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      run();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', fail);
    request.on('response', (response) => readAnswer(response, maxAnswerBytes, (answer) => settle(() => resolve(answer)), fail));
    if (signal?.aborted) abort();
    else request.end(body);
  });
}

function readAnswer(response: IncomingMessage, maxBytes: number, done: (answer: HttpAnswer) => void, fail: (error: Error) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) response.destroy(new Error(`the answer is longer than ${maxBytes} bytes`));
    else chunks.push(chunk);
  });
  response.on('error', fail);
  response.on('end', () => {
    const { statusCode = 0, statusMessage = '' } = response;
    done({
      status: statusCode,
      statusLine: `${statusCode} ${statusMessage}`,
      headers: response.headers as Record<string, string | undefined>,
      body: Buffer.concat(chunks),
    });
  });
}
