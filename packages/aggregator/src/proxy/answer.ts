/** Passing on what a server behind us answers (net/http/httputil.ReverseProxy). */
import type { IncomingMessage } from 'node:http';
import { type ApiResponse, type FrameSink, type ResponseHeaders, text, type WatchStream } from '@apiserver-kit/pipeline';

/** Of one connection, not of what is sent over it (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers that end with a connection: those of all connections, and those that a `Connection` header names. */
export function connectionHeaders(connection: string | undefined): ReadonlySet<string> {
  if (!connection) return hopByHop;
  return new Set([...hopByHop, ...connection.split(',').map((name) => name.trim().toLowerCase())]);
}

function headersOf(answer: IncomingMessage): ResponseHeaders {
  const dropped = connectionHeaders(answer.headers.connection);
  const headers: ResponseHeaders = {};
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    if (values === undefined || name === 'content-length' || dropped.has(name)) continue;
    headers[name] = values.length === 1 ? values[0]! : values;
  }
  return headers;
}

const isRedirect = ({ statusCode = 0, headers }: IncomingMessage): boolean => statusCode >= 300 && statusCode <= 399 && Boolean(headers.location);

/** Answers that are not longer are read whole: that costs less than a stream. */
const wholeBytes = 64 << 10;
/** What may wait to be read by the client before no more is taken from the server. */
const maxWaitingBytes = 1 << 20;

/**
 * Makes a server's answer ours. Long ones, and those of unknown length, are passed on as they come; a client that reads slowly slows the server.
 * Redirects are refused: a client would follow them with its credentials.
 * @throws Error when a short answer breaks off.
 */
export async function passOn(answer: IncomingMessage, method: string): Promise<ApiResponse> {
  const status = answer.statusCode ?? 502;
  // One that breaks off before somebody reads it is told of when somebody does.
  answer.on('error', () => {});
  if (isRedirect(answer)) {
    answer.destroy();
    return { ...text(502, 'the backend attempted to redirect this request, which is not permitted') };
  }
  const headers = headersOf(answer);
  if (method === 'HEAD' || status === 204 || status === 304) {
    answer.resume();
    return { status, headers, body: undefined };
  }
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  return { status, headers, body: length <= wholeBytes ? await whole(answer) : new AnswerStream(answer) };
}

/** Reads an answer to its end. @throws Error when it breaks off. */
export function whole(answer: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) answer.destroy(new Error(`the answer is longer than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    answer.once('end', () => resolve(Buffer.concat(chunks)));
    answer.once('error', reject);
    answer.once('close', () => reject(new Error('unexpected EOF')));
  });
}

class AnswerStream implements WatchStream {
  constructor(private readonly answer: IncomingMessage) {}

  start(sink: FrameSink): void {
    const { answer } = this;
    let isOver = false;
    const over = (end: () => void): void => {
      if (isOver) return;
      isOver = true;
      end();
    };
    const breakOff = (): void => over(() => (sink.fail ? sink.fail() : sink.end()));
    answer.on('data', (chunk: Buffer) => {
      sink.write([chunk]);
      if (sink.bufferedBytes <= maxWaitingBytes || !sink.whenDrained) return;
      answer.pause();
      sink.whenDrained(() => answer.resume());
    });
    answer.once('end', () => over(() => sink.end()));
    answer.once('error', breakOff);
    answer.once('close', breakOff);
    if (answer.destroyed) breakOff();
    this.stop = () => {
      isOver = true;
      answer.destroy();
    };
  }

  stop(): void {
    this.answer.destroy();
  }
}
