import type { ErrorLog, Handler, ResponseHeaders } from '@apiserver-kit/pipeline';
import { text } from '@apiserver-kit/pipeline';
import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Connection, connectionOf } from './connection.js';
import type { Exchange } from './exchange.js';
import { Http1Exchange } from './http1-exchange.js';
import { Http2Exchange } from './http2-exchange.js';
import { readRequestTarget } from './request-target.js';
import { endWatches, type Responder, respond } from './respond.js';

export interface ListenOptions {
  /** The address to bind. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** The serving certificate, and the CAs whose clients are asked for a certificate: their names are sent to clients. PEM. */
  readonly tls: { readonly key: string | Buffer; readonly cert: string | Buffer; readonly ca?: string | Buffer | readonly (string | Buffer)[] };
  /** Told of failures that no client should see. Default: nobody. */
  readonly log?: ErrorLog;
  /** A watch whose client leaves more than this unread is ended. Default 8 MiB. */
  readonly maxBufferedBytes?: number;
  /** Streams a client may have open on one HTTP/2 connection. Default 250. */
  readonly maxConcurrentStreams?: number;
  /** Headers of one request. Default 1 MiB. */
  readonly maxHeaderBytes?: number;
  /** A connection on which nothing is under way is closed after this. Default 90 s. */
  readonly idleTimeoutMs?: number;
}

/** A port that is being served. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** `https://HOST:PORT`, with the address that was bound. */
  readonly url: string;
  /**
   * Stops: takes no more connections, ends watches in good order, waits for the requests under way for at most `timeoutMs`, then cuts what is
   * left. Resolves when all connections have gone. Default 10 s.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const silent: ErrorLog = () => {};
const badRequestText = '400 Bad Request';

/**
 * Serves a handler over TLS: HTTP/2 and HTTP/1.1 on one port.
 *
 * A client certificate is asked for and not judged: an authenticator does that, with `request.peerCertificate()`.
 *
 * @throws Error of node, with its `code`: EADDRINUSE, EACCES, or an ERR_SSL or ERR_OSSL one for a key or certificate that it cannot use.
 */
export async function listen(
  handler: Handler,
  {
    host = '127.0.0.1',
    port = 0,
    tls,
    log = silent,
    maxBufferedBytes = 8 << 20,
    maxConcurrentStreams = 250,
    maxHeaderBytes = 1 << 20,
    idleTimeoutMs = 90_000,
  }: ListenOptions,
): Promise<Listener> {
  const responder: Responder = { handler, log, maxBufferedBytes, watches: new Set<Exchange>() };
  const server = createSecureServer({
    allowHTTP1: true,
    key: tls.key as string,
    cert: tls.cert as string,
    ...(tls.ca === undefined ? {} : { ca: tls.ca as string }),
    requestCert: true,
    rejectUnauthorized: false,
    // No session tickets: making two of them is a fifth of what a connection with a client certificate costs, and a session that was resumed
    // would bring its certificate without the chain. client-go never resumes.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...{ noDelay: true, keepAlive: true, keepAliveInitialDelay: 180_000, handshakeTimeout: 32_000 },
    maxHeaderSize: maxHeaderBytes,
    maxHeaderListPairs: 1000,
    // Counts what waits to be sent, too: a connection with many large answers is not one to refuse streams on.
    maxSessionMemory: 256,
    settings: {
      enablePush: false,
      maxConcurrentStreams,
      maxHeaderListSize: maxHeaderBytes,
      // As the reference sizes them: nearly every body fits in one.
      initialWindowSize: uploadWindow,
      maxFrameSize: uploadWindow,
    },
  } as Parameters<typeof createSecureServer>[0] & { maxHeaderSize: number });
  // As in the reference: the headers within 32 s, an idle connection for 90 s. Node's server takes these as properties only.
  Object.assign(server, { headersTimeout: 32_000, keepAliveTimeout: idleTimeoutMs });

  const connections = new Map<TLSSocket, Connection>();
  const sessions = new Set<ServerHttp2Session>();
  let isClosing = false;

  // Connections that have not shown yet that they speak TLS: there is nothing to wait for when the listener closes.
  const handshaking = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    handshaking.set(peer, socket);
    socket.once('close', () => handshaking.get(peer) === socket && handshaking.delete(peer));
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    handshaking.delete(peerOf(socket));
    const connection = connectionOf(socket, () => socket);
    connection.isDraining = isClosing;
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    const connection = connectionOf(session, () => session.socket as TLSSocket);
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // What a client does to its connection is no news for us; `close` follows.
    session.on('error', () => {});
    session.setLocalWindowSize(connectionWindow);
    session.setTimeout(idleTimeoutMs, () => {
      if (connection.pending === 0) session.close();
      else session.setTimeout(idleTimeoutMs);
    });
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => serveHttp1(responder, request, response));
  // Node's own listener would make a request and a response object for every stream.
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers: Record<string, string | undefined>, _flags: number, rawHeaders: string[]) =>
    serveHttp2(responder, stream, headers, rawHeaders),
  );
  server.on('clientError', answerClientError);
  // A client that fails the handshake is no news for us.
  server.on('tlsClientError', () => {});

  await bind(server, host, port);
  server.on('error', (error) => log('the listener failed', error));
  const bound = server.address() as AddressInfo;
  const url = `https://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;

  let closed: Promise<void> | undefined;
  const close = ({ timeoutMs = 10_000 } = {}): Promise<void> =>
    (closed ??= new Promise<void>((resolve) => {
      isClosing = true;
      const cut = setTimeout(() => {
        for (const session of sessions) session.destroy();
        for (const socket of connections.keys()) socket.destroy();
      }, timeoutMs);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      for (const socket of handshaking.values()) socket.destroy();
      for (const connection of connections.values()) connection.isDraining = true;
      endWatches(responder);
      for (const session of sessions) session.close();
    }));
  return { host: bound.address, port: bound.port, url, close, [Symbol.asyncDispose]: () => close() };
}

const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

/** What a client may send of a body before we have read any of it: per stream, and per connection. */
const uploadWindow = 256 * 1024;
const connectionWindow = 8 << 20;

const bind = (server: Http2SecureServer, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });

function serveHttp2(responder: Responder, stream: ServerHttp2Stream, headers: Record<string, string | undefined>, rawHeaders: readonly string[]): void {
  const { session } = stream;
  if (!session) return;
  const connection = connectionOf(session, () => session.socket as TLSSocket);
  const target = readRequestTarget(headers[':path'] ?? '');
  const exchange = new Http2Exchange(connection, stream, target ?? rootTarget, headers, rawHeaders);
  respond(target === undefined ? refusing(responder) : responder, exchange);
}

function serveHttp1(responder: Responder, request: IncomingMessage, response: ServerResponse): void {
  const socket = request.socket as TLSSocket;
  const target = readRequestTarget(request.url!);
  const exchange = new Http1Exchange(
    connectionOf(socket, () => socket),
    request,
    response,
    target ?? rootTarget,
  );
  respond(target === undefined ? refusing(responder, { connection: 'close' }) : responder, exchange);
}

const rootTarget = { path: '/', rawQuery: '' };

/** Answers a target that nobody can read, in net/http's words. Over HTTP/2 other streams go on. */
function refusing(responder: Responder, headers: ResponseHeaders = {}): Responder {
  const answer = text(400, badRequestText);
  return { ...responder, handler: () => ({ ...answer, headers: { ...answer.headers, ...headers } }) };
}

/** What is not HTTP at all, or too large: an answer in net/http's words, unless another answer is half sent. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || connectionOf(socket, () => socket as TLSSocket).pending > 0 || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : badRequestText;
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
}
