/** Runs a handler for a request and writes what it answers. Nothing that happens here leaves as an exception. */
import { internalError } from '@apiserver-kit/machinery';
import {
  type ApiResponse,
  createContext,
  type ErrorLog,
  type Handler,
  isWatchStream,
  type RequestContext,
  statusResponse,
  type WatchStream,
} from '@apiserver-kit/pipeline';
import { compressedHeaders, isCompressible, writeCompressed } from './compression.js';
import type { Exchange } from './exchange.js';
import { failureResponse } from './failure.js';
import { ConnectionSink } from './frame-sink.js';
import { pieces, totalLength, writePieces } from './write-chunks.js';

/** What all requests of a listener share. */
export interface Responder {
  readonly handler: Handler;
  readonly log: ErrorLog;
  readonly maxBufferedBytes: number;
  /** Exchanges that carry a watch: ended in good order when the listener closes. */
  readonly watches: Set<Exchange>;
}

/** Answers one request: in this turn if the handler does. */
export function respond(responder: Responder, exchange: Exchange): void {
  const ctx = createContext(exchange);
  let response: ApiResponse | Promise<ApiResponse>;
  try {
    response = responder.handler(ctx);
  } catch (error) {
    response = failureResponse(responder.log, exchange, error);
  }
  if (!(response instanceof Promise)) {
    send(responder, exchange, ctx, response);
    return;
  }
  watchClient(exchange, ctx);
  response.then(
    (value) => send(responder, exchange, ctx, value),
    (error: unknown) => send(responder, exchange, ctx, failureResponse(responder.log, exchange, error)),
  );
}

/** From now on the context is aborted, and the watch stopped, when the client goes. */
function watchClient(exchange: Exchange, ctx: RequestContext): void {
  if (exchange.context !== undefined) return;
  exchange.context = ctx;
  exchange.connection.pending++;
  exchange.out.once('close', () => {
    exchange.connection.pending--;
    const { context, stream } = exchange;
    if (context === undefined) return;
    exchange.context = undefined;
    exchange.stream = undefined;
    context.abort(new Error('the client has gone'));
    stream?.stop();
  });
}

function send(responder: Responder, exchange: Exchange, ctx: RequestContext, response: ApiResponse): void {
  try {
    write(responder, exchange, ctx, response);
  } catch (error) {
    responder.log(`${exchange.method} ${exchange.path}: the answer could not be written`, error);
    try {
      exchange.stream?.stop();
      exchange.stream = undefined;
      responder.watches.delete(exchange);
      if (exchange.isHeadSent || exchange.isGone) exchange.abandon();
      else writeBytes(exchange, statusResponse(internalError('the server could not handle the request')));
    } catch (second) {
      responder.log('the connection is given up', second);
      exchange.out.destroy();
    }
  }
}

function write(responder: Responder, exchange: Exchange, ctx: RequestContext, response: ApiResponse): void {
  const { body } = response;
  if (isWatchStream(body)) {
    writeStream(responder, exchange, ctx, response, body);
    return;
  }
  if (exchange.isGone) return;
  exchange.context = undefined;
  const isList = typeof body === 'object' && !(body instanceof Uint8Array);
  const length = isList ? totalLength(body) : typeof body === 'string' ? body.length : (body?.length ?? 0);
  if (exchange.method !== 'HEAD' && isCompressible(exchange.headers['accept-encoding'], response.headers, length)) {
    // Held open on the connection's count until it has left: it may take a while.
    watchClient(exchange, ctx);
    exchange.sendHead(response.status, compressedHeaders(response.headers), -1, false);
    const chunks = isList ? body : [typeof body === 'string' ? Buffer.from(body) : body!];
    writeCompressed(exchange.out, chunks, (error) => {
      if (exchange.out.writableEnded) exchange.context = undefined;
      if (error === undefined) return;
      responder.log(`${exchange.method} ${exchange.path}: compression failed`, error);
      exchange.abandon();
    });
    return;
  }
  if (isList) writeList(exchange, ctx, response, body, length);
  else writeBytes(exchange, response);
}

const hasNoBody = (status: number): boolean => status === 204 || status === 304 || status < 200;

function writeBytes(exchange: Exchange, { status, headers, body }: ApiResponse): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body as Uint8Array | undefined);
  const length = bytes?.length ?? 0;
  if (hasNoBody(status)) {
    exchange.sendHead(status, headers, -1, true);
    exchange.out.end();
  } else if (length === 0 || exchange.method === 'HEAD') {
    exchange.sendHead(status, headers, length, true);
    exchange.out.end();
  } else {
    exchange.sendHead(status, headers, length, false);
    exchange.out.end(bytes);
  }
}

function writeList(exchange: Exchange, ctx: RequestContext, { status, headers }: ApiResponse, chunks: readonly Uint8Array[], length: number): void {
  if (length === 0 || exchange.method === 'HEAD' || hasNoBody(status)) {
    exchange.sendHead(status, headers, hasNoBody(status) ? -1 : length, true);
    exchange.out.end();
    return;
  }
  watchClient(exchange, ctx);
  exchange.sendHead(status, headers, length, false);
  writePieces(exchange.out, pieces(chunks), () => {
    if (exchange.out.writableEnded) exchange.context = undefined;
  });
}

function writeStream(responder: Responder, exchange: Exchange, ctx: RequestContext, { status, headers }: ApiResponse, stream: WatchStream): void {
  if (exchange.isGone) {
    stream.stop();
    return;
  }
  if (exchange.method === 'HEAD') {
    stream.stop();
    exchange.sendHead(status, headers, -1, true);
    exchange.out.end();
    return;
  }
  watchClient(exchange, ctx);
  exchange.stream = stream;
  responder.watches.add(exchange);
  exchange.out.once('close', () => responder.watches.delete(exchange));
  exchange.sendHead(status, headers, -1, false);
  exchange.flushHead();
  const ended = (): void => {
    exchange.context = undefined;
    exchange.stream = undefined;
    responder.watches.delete(exchange);
  };
  const slow = (): void => {
    ended();
    ctx.abort(new Error('the client does not read'));
    stream.stop();
    exchange.out.destroy();
  };
  stream.start(new ConnectionSink(exchange.out, responder.maxBufferedBytes, ended, slow, () => exchange.abandon()));
}

/** Ends all watches in good order: each is stopped, and its client sees the answer's end. */
export function endWatches({ watches }: Responder): void {
  for (const exchange of [...watches]) {
    const { stream } = exchange;
    watches.delete(exchange);
    exchange.context = undefined;
    exchange.stream = undefined;
    stream?.stop();
    if (!exchange.out.destroyed) exchange.out.end();
  }
}
