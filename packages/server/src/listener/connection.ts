/** One TLS connection: what all the requests that come over it share. */
import type { PeerCertificate } from '@apiserver-kit/pipeline';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** Made once a connection; requests point to it. */
export class Connection {
  /** The client's address without port. */
  readonly remoteAddress: string;
  /** Requests and watches that are not answered yet, as far as somebody has to know: those answered at once are never counted. */
  pending = 0;
  /** The server is going: what is under way is finished, and nothing follows. */
  isDraining = false;
  readonly #socket: TLSSocket;
  #certificate: PeerCertificate | undefined;
  #isRead = false;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress ?? '';
  }

  /**
   * The certificate that the client showed: read on the first call, and the same object from then on, so that what an authenticator finds
   * out about it can be remembered per object.
   */
  get certificate(): PeerCertificate | undefined {
    if (!this.#isRead) {
      this.#isRead = true;
      this.#certificate = readCertificate(this.#socket);
    }
    return this.#certificate;
  }
}

function readCertificate(socket: TLSSocket): PeerCertificate | undefined {
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  const chain: Uint8Array[] = [];
  const seen = new Set<string>();
  // The last one is its own issuer; a client that shows nothing gives an empty object.
  while (at?.raw !== undefined && !seen.has(at.fingerprint256)) {
    seen.add(at.fingerprint256);
    chain.push(at.raw);
    at = at.issuerCertificate;
  }
  return chain.length === 0 ? undefined : { chain };
}

const connections = new WeakMap<object, Connection>();

/**
 * The connection that a session or socket is: each is asked for with the one object that requests come with.
 * @param socket gives the TLS socket; called the first time only.
 */
export function connectionOf(key: object, socket: () => TLSSocket): Connection {
  let connection = connections.get(key);
  if (connection === undefined) {
    connection = new Connection(socket());
    connections.set(key, connection);
  }
  return connection;
}
