import type { ResponseHeaders } from '@apiserver-kit/pipeline';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from './connection.js';
import { Exchange } from './exchange.js';
import type { RequestTarget } from './request-target.js';

/** A request over HTTP/1.1 (or 1.0). */
export class Http1Exchange extends Exchange {
  readonly protocol: string;
  readonly out: ServerResponse;
  protected readonly source: IncomingMessage;

  constructor(connection: Connection, request: IncomingMessage, response: ServerResponse, target: RequestTarget) {
    super(connection, request.method!, target.path, target.rawQuery, request.headers as Record<string, string | undefined>);
    this.protocol = request.httpVersionMinor === 0 ? 'HTTP/1.0' : 'HTTP/1.1';
    this.out = response;
    this.source = request;
  }

  protected sentValues(name: string): readonly string[] {
    return this.source.headersDistinct[name] ?? [];
  }

  protected get hasBody(): boolean {
    const { 'content-length': length, 'transfer-encoding': encoding } = this.headers;
    return encoding !== undefined || (length !== undefined && length !== '0');
  }

  get isGone(): boolean {
    return this.out.destroyed;
  }

  get isHeadSent(): boolean {
    return this.out.headersSent;
  }

  sendHead(status: number, headers: ResponseHeaders, length: number, _isLast: boolean): void {
    const head: Record<string, string | string[] | number> = {};
    for (const name in headers) head[name] = headers[name] as string | string[];
    if (length >= 0) head['content-length'] = length;
    if (this.connection.isDraining) head.connection = 'close';
    this.out.writeHead(status, head);
  }

  flushHead(): void {
    this.out.flushHeaders();
  }

  abandon(): void {
    this.out.destroy();
  }
}
