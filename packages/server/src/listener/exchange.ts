/** A request and the place where its answer goes: what HTTP/1.1 and HTTP/2 have in common. */
import type { ApiRequest, PeerCertificate, RequestContext, ResponseHeaders, WatchStream } from '@apiserver-kit/pipeline';
import type { Readable, Writable } from 'node:stream';
import type { Connection } from './connection.js';
import { noBody, readBody } from './read-body.js';

/**
 * One request being answered. It is the {@link ApiRequest} itself: a request allocates one object here, not three.
 */
export abstract class Exchange implements ApiRequest {
  readonly isSecure = true;
  abstract readonly protocol: string;
  /** Where the body is written. */
  abstract readonly out: Writable;
  /** Where the request's body is read. */
  protected abstract readonly source: Readable;
  /** Whether the client said that nothing follows the headers. */
  protected abstract readonly hasBody: boolean;

  /** Set while the answer is awaited or streamed, so that the end of the client aborts it. */
  context: RequestContext | undefined = undefined;
  stream: WatchStream | undefined = undefined;
  #body: Promise<Uint8Array> | undefined = undefined;

  constructor(
    readonly connection: Connection,
    readonly method: string,
    readonly path: string,
    readonly rawQuery: string,
    readonly headers: Readonly<Record<string, string | undefined>>,
  ) {}

  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }

  headerValues(name: string): readonly string[] {
    return this.headers[name] === undefined ? [] : this.sentValues(name);
  }

  /** All the values of a header that the client sent, also of one that was taken out since. */
  protected abstract sentValues(name: string): readonly string[];

  peerCertificate(): PeerCertificate | undefined {
    return this.connection.certificate;
  }

  body(limit: number): Promise<Uint8Array> {
    if (!this.hasBody) return noBody;
    if (this.#body === undefined) {
      this.beforeBody();
      this.#body = readBody(this.source, limit, this.headers['content-length']);
    }
    return this.#body;
  }

  bodyChunks(): AsyncIterable<Uint8Array> | undefined {
    if (!this.hasBody) return undefined;
    this.beforeBody();
    // Whoever stops reading still has an answer to send.
    return this.source.iterator({ destroyOnReturn: false });
  }

  /** Tells a client that waits for it to go on. */
  protected beforeBody(): void {}

  /** True once the client has gone. */
  abstract readonly isGone: boolean;
  abstract readonly isHeadSent: boolean;

  /**
   * Sends status and headers.
   * @param length of the body that follows; -1 when it is not known.
   * @param isLast whether nothing follows.
   */
  abstract sendHead(status: number, headers: ResponseHeaders, length: number, isLast: boolean): void;
  /** Sends the headers now, before there is any body. */
  abstract flushHead(): void;
  /** Ends everything at once: the client sees an answer that breaks off. */
  abstract abandon(): void;
}
