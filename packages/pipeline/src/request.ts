/** What a listener hands to the pipeline: one request, its body not yet read. */

/** A client certificate whose chain the listener has verified, or has not: `authorized` says which. */
export interface PeerCertificate {
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
}

export interface ApiRequest {
  /** Upper case: GET, POST … */
  readonly method: string;
  /** The path as it was sent, decoded only where the reference decodes it; without the query. Starts with a slash. */
  readonly path: string;
  /** The text after `?`, without it; empty when there is none. */
  readonly rawQuery: string;
  /** By lower-case name; several values are joined with `, ` (cookies with `; `). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * The values of a header that was sent several times, each as it was sent; none for one that was taken out of `headers`. Where this method is
   * missing, nobody can tell them apart: `headers` has them joined.
   * @param name in lower case.
   */
  headerValues?(name: string): readonly string[];
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
  /** `HTTP/1.1` or `HTTP/2.0`. */
  readonly protocol: string;
  /** The client's address without port; empty in process. */
  readonly remoteAddress: string;
  /** The certificate that the client showed, read on first call. */
  peerCertificate(): PeerCertificate | undefined;
  /**
   * Reads the whole body, at most `limit` bytes.
   * @throws StatusError RequestEntityTooLarge beyond the limit; BadRequest when the client stops in the middle.
   */
  body(limit: number): Promise<Uint8Array>;
  /**
   * The body as it comes, instead of {@link ApiRequest.body}; undefined when there is none. Iterating throws when the client stops in the middle.
   * Where this method is missing, a body can only be had whole.
   */
  bodyChunks?(): AsyncIterable<Uint8Array> | undefined;
}
