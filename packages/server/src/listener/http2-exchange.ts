import type { ResponseHeaders } from '@apiserver-kit/pipeline';
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Connection } from './connection.js';
import { Exchange } from './exchange.js';
import type { RequestTarget } from './request-target.js';

const ignored = (): void => {};

/** What HTTP/2 has no room for (RFC 9113, 8.2.2). */
const isConnectionHeader = (name: string): boolean =>
  name === 'connection' || name === 'keep-alive' || name === 'transfer-encoding' || name === 'upgrade' || name === 'proxy-connection';

/**
 * A request on an HTTP/2 stream. Its `headers` are node's own object, which holds the pseudo headers (`:path` …) too: copying them would cost
 * more than the routing.
 */
export class Http2Exchange extends Exchange {
  readonly protocol = 'HTTP/2.0';
  readonly out: ServerHttp2Stream;

  constructor(
    connection: Connection,
    stream: ServerHttp2Stream,
    target: RequestTarget,
    headers: Record<string, string | undefined>,
    /** Names and values in turn, as they were sent. */
    private readonly rawHeaders: readonly string[],
  ) {
    headers.host ??= headers[':authority'];
    super(connection, headers[':method']!, target.path, target.rawQuery, headers);
    this.out = stream;
    // What goes wrong with a stream ends it: `close` follows, and says all that we need to know.
    stream.on('error', ignored);
  }

  protected sentValues(name: string): readonly string[] {
    return this.rawHeaders.filter((_, at) => at % 2 === 1 && this.rawHeaders[at - 1] === name);
  }

  protected get source(): ServerHttp2Stream {
    return this.out;
  }

  protected get hasBody(): boolean {
    return !this.out.endAfterHeaders;
  }

  protected override beforeBody(): void {
    if (this.headers.expect?.toLowerCase() === '100-continue' && !this.isGone) this.out.additionalHeaders({ ':status': 100 });
  }

  get isGone(): boolean {
    return this.out.destroyed || this.out.closed;
  }

  get isHeadSent(): boolean {
    return this.out.headersSent;
  }

  sendHead(status: number, headers: ResponseHeaders, length: number, isLast: boolean): void {
    const head: OutgoingHttpHeaders = { ':status': status };
    let isClosing = false;
    for (const name in headers) {
      if (isConnectionHeader(name)) isClosing ||= name === 'connection' && headers[name] === 'close';
      else head[name] = headers[name] as string | string[];
    }
    if (length >= 0) head['content-length'] = length;
    this.out.respond(head, isLast ? endStream : undefined);
    // As net/http does: `Connection: close` becomes a GOAWAY, and the streams that are open go on.
    if (isClosing) this.out.session?.close();
  }

  // Written with the next turn of the session, whether a body follows or not.
  flushHead(): void {}

  abandon(): void {
    this.out.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

const endStream = { endStream: true };
