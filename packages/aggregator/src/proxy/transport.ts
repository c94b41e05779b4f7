/** Connections to one server behind us. */
import { goTransportError } from '@apiserver-kit/client';
import type { IncomingMessage, OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { APIServiceSpec } from '../api-service.js';

/** How we are known to the servers behind us: the front proxy's certificate. PEM. */
export interface ProxyClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface OutgoingRequest {
  /** `host:port` */
  readonly host: string;
  readonly method: string;
  /** With its query, as it is sent. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Sent as it comes. Undefined: there is none. */
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  /** Ends the request, and its answer. */
  readonly signal: AbortSignal;
}

/** A server could not be reached, in Go's words. */
export class UnreachableError extends Error {}

/** Sockets that wait for their next request. */
const maxIdleSockets = 64;

/**
 * Connections that are kept for the next requests. Each APIService has its own, so that one whose server does not answer holds up no other.
 *
 * The server has to show a certificate for `<service>.<namespace>.svc`, wherever it was found.
 */
export class Transport {
  readonly #agent: Agent;
  readonly serverName: string;

  constructor({ service, caBundle, insecureSkipTLSVerify = false }: APIServiceSpec, client?: ProxyClientCertificate) {
    this.serverName = `${service?.name ?? ''}.${service?.namespace ?? ''}.svc`;
    this.#agent = new Agent({
      keepAlive: true,
      maxFreeSockets: maxIdleSockets,
      noDelay: true,
      ca: caBundle ? Buffer.from(caBundle, 'base64') : undefined,
      cert: client?.certPem,
      key: client?.keyPem,
      servername: this.serverName,
      rejectUnauthorized: !insecureSkipTLSVerify,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    });
  }

  /**
   * Sends a request and gives the answer as soon as it begins. Redirects are answers.
   * @throws UnreachableError when there is none.
   */
  async send(outgoing: OutgoingRequest): Promise<IncomingMessage> {
    try {
      return await this.#exchange(outgoing);
    } catch (error) {
      // The other side had closed a connection that we kept, in the moment in which we used it. Nothing was read of the request.
      if (!(error instanceof StaleConnection)) throw error;
      return this.#exchange(outgoing);
    }
  }

  #exchange({ host, method, path, headers, body, signal }: OutgoingRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(`https://${host}`);
      // The brackets of an IPv6 address belong to URLs.
      const address = hostname.replace(/^\[|\]$/g, '');
      const outgoing = httpsRequest({ agent: this.#agent, host: address, port: port || 443, method, path, headers: { ...headers, host } });
      const abort = (): void => {
        outgoing.destroy(new Error('context canceled'));
      };
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      outgoing.once('close', () => signal.removeEventListener('abort', abort));
      outgoing.once('response', resolve);
      // An informational answer is none.
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = outgoing.reusedSocket && error.code === 'ECONNRESET' && body === undefined && !signal.aborted;
        reject(isStale ? new StaleConnection() : new UnreachableError(goTransportError(error, this.serverName), { cause: error }));
      });
      if (body === undefined) outgoing.end();
      else void sendBody(outgoing, body);
    });
  }

  /** Ends the connections that nobody uses; the others end with what they are used for. */
  close(): void {
    this.#agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

class StaleConnection extends Error {}

type ClientRequest = ReturnType<typeof httpRequest>;

/** Sends a body no faster than the other side takes it. */
async function sendBody(outgoing: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(chunk)) await drained(outgoing);
    }
    outgoing.end();
  } catch (error) {
    // The client stopped in the middle: the server is not to take what it has for the whole.
    outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

const drained = (outgoing: ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });
