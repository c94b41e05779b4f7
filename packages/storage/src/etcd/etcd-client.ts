/**
 * The one place that knows etcd3 and gRPC. Of etcd3 only its generated gRPC clients are used: its own layer sends writes again whose outcome
 * is unknown, closes connections under calls that are going on, and knows no fragments.
 */
import { type Client, type ClientDuplexStream, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import type {
  ICompactionRequest,
  IKeyValue,
  ILeaseGrantRequest,
  ILeaseGrantResponse,
  ILeaseLeasesResponse,
  IRangeRequest,
  IResponseHeader,
  ITxnRequest,
  ITxnResponse,
  IWatchCreateRequest,
  IWatchResponse,
} from 'etcd3';
import { Host } from 'etcd3/lib/connection-pool.js';
import { ClosedError } from '../storage.js';
import { type EtcdError, etcdError, isPassing, isUnsent } from './etcd-error.js';
import { decodeRangeResponse, type RangeResponse } from './range-response.js';

export type { IEvent, IKeyValue, IRequestOp, IResponseOp, IWatchResponse } from 'etcd3';

export interface EtcdClientOptions {
  /** As in `https://10.0.0.1:2379`. All over TLS, or none. */
  readonly servers: readonly string[];
  /** The authorities whom the server certificates must come from, in PEM. Default: those that Node trusts. */
  readonly caPem?: string | Uint8Array;
  /** The client certificate in PEM, and its key. */
  readonly certPem?: string | Uint8Array;
  readonly keyPem?: string | Uint8Array;
  /** How long a call may take with all of its tries, in ms. Default 30 s. */
  readonly timeoutMs?: number;
}

interface Member {
  readonly url: string;
  readonly host: Host;
}

/** What a generated client knows of its calls, by their names. */
type Methods = Readonly<Record<string, MethodDefinition<object, unknown>>>;

export const methodsOf = (client: Client): Methods => (client.constructor as unknown as { readonly service: Methods }).service;

type WatchCall = ClientDuplexStream<object, IWatchResponse>;

interface CallOptions<T> {
  /** Whether it does no harm when it is done twice. */
  readonly isRepeatable: boolean;
  readonly timeoutMs?: number;
  /** Reads the answer. Default: as it is generated. */
  readonly decode?: (bytes: Buffer) => T;
}

/** Who hears what comes over a watch. */
export interface WatchResponses {
  onResponse(response: IWatchResponse): void;
  /** The stream has broken; nothing more comes. */
  onBroken(error: EtcdError): void;
}

/** kube-apiserver's own: dead connections are found out after 30 s of silence and 10 s without an answer. */
const channelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 3_000,
  // etcd limits what it takes; what it gives is as large as what was asked for.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
};

const firstPauseMs = 20;
const longestPauseMs = 1_000;

function asBuffer(pem: string | Uint8Array | undefined): Buffer | null {
  if (pem === undefined) return null;
  return typeof pem === 'string' ? Buffer.from(pem) : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/**
 * The addresses of etcd's members, checked.
 * @throws Error for none, for one that is not http(s)://host:port, and for http and https mixed.
 */
function checkedServers(servers: readonly string[]): readonly URL[] {
  if (servers.length === 0) throw new Error('expected the URL of an etcd server, got none');
  const urls = servers.map((server) => {
    const url = URL.canParse(server) ? new URL(server) : undefined;
    if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url;
    throw new Error(`expected the URL of an etcd server, such as http://127.0.0.1:2379, got ${JSON.stringify(server)}`);
  });
  if (new Set(urls.map(({ protocol }) => protocol)).size > 1) throw new Error('expected etcd servers that are all http or all https, got both');
  return urls;
}

const addressOf = (url: URL): string => `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;

/** A cluster of etcd servers: one of them is spoken to, until it does not answer. */
export class EtcdClient {
  readonly #members: readonly Member[];
  readonly #timeoutMs: number;
  readonly #metadata = new Metadata();
  readonly #pauses = new Set<() => void>();
  #current = 0;
  #isStopping = false;
  #isClosed = false;
  /** The newest revision that any answer has shown. */
  known = 0;

  constructor({ servers, caPem, certPem, keyPem, timeoutMs = 30_000 }: EtcdClientOptions) {
    const urls = checkedServers(servers);
    if ((certPem === undefined) !== (keyPem === undefined)) throw new Error('expected a client certificate and its key for etcd, got only one of them');
    const isSecure = urls[0]!.protocol === 'https:';
    const channel = isSecure ? credentials.createSsl(asBuffer(caPem), asBuffer(keyPem), asBuffer(certPem)) : credentials.createInsecure();
    this.#members = urls.map((url) => ({ url: `${url.protocol}//${addressOf(url)}`, host: new Host(addressOf(url), channel, channelOptions) }));
    this.#timeoutMs = timeoutMs;
    // A member that has lost its leader refuses calls and ends watches, instead of leaving them without news.
    this.#metadata.set('hasleader', 'true');
  }

  /** Reads are linearizable: they see everything that has been acknowledged to anybody. */
  async range(request: IRangeRequest, timeoutMs?: number): Promise<RangeResponse> {
    const response = await this.#call('KV', 'Range', request, { isRepeatable: true, timeoutMs, decode: decodeRangeResponse });
    this.known = Math.max(this.known, response.revision);
    return response;
  }

  /** Is sent again only where etcd cannot have seen it. */
  async txn(request: ITxnRequest): Promise<ITxnResponse> {
    return this.#noted(await this.#call<ITxnResponse>('KV', 'Txn', request, { isRepeatable: false }));
  }

  async compact(request: ICompactionRequest): Promise<void> {
    await this.#call('KV', 'Compact', request, { isRepeatable: true });
  }

  async grantLease(request: ILeaseGrantRequest): Promise<ILeaseGrantResponse> {
    return this.#call<ILeaseGrantResponse>('Lease', 'LeaseGrant', request, { isRepeatable: true });
  }

  /** The ids of all leases. */
  async leases(): Promise<string[]> {
    const { leases } = await this.#call<ILeaseLeasesResponse>('Lease', 'LeaseLeases', {}, { isRepeatable: true });
    return leases.map(({ ID }) => ID);
  }

  async revokeLease(id: string): Promise<void> {
    await this.#call('Lease', 'LeaseRevoke', { ID: id }, { isRepeatable: true });
  }

  /** Opens one watch on a stream of its own; the answer ends it. */
  watch(create: IWatchCreateRequest, sink: WatchResponses): () => void {
    const member = this.#members[this.#current]!;
    const client = member.host.getServiceClient('Watch') as unknown as { watch(metadata: Metadata): WatchCall };
    const call = client.watch(this.#metadata);
    let isOpen = true;
    const broken = (error: unknown): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#leave(member);
      sink.onBroken(etcdError(member.url, error));
    };
    call.on('data', (response: IWatchResponse) => {
      if (!isOpen) return;
      this.#noted(response);
      sink.onResponse(response);
    });
    call.on('error', broken);
    call.on('end', () => broken({ code: 14, details: 'the stream has ended' }));
    call.write({ create_request: create });
    return () => {
      isOpen = false;
      call.cancel();
    };
  }

  /** Waits, unless the client is being closed. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#pauses.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#pauses.add(done);
      if (this.#isStopping) done();
    });
  }

  /** From now on each call is tried once. */
  stop(): void {
    this.#isStopping = true;
    for (const wake of this.#pauses) wake();
  }

  close(): void {
    this.stop();
    this.#isClosed = true;
    for (const { host } of this.#members) host.close();
  }

  #noted<T extends { readonly header: IResponseHeader; readonly compact_revision?: string }>(response: T): T {
    this.known = Math.max(this.known, Number(response.header.revision), Number(response.compact_revision ?? 0));
    return response;
  }

  async #call<T>(service: 'KV' | 'Lease', method: string, request: object, { isRepeatable, timeoutMs = this.#timeoutMs, decode }: CallOptions<T>): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      if (this.#isClosed) throw new ClosedError();
      const member = this.#members[this.#current]!;
      try {
        return await this.#send(member, service, method, request, deadline, decode);
      } catch (cause) {
        const error = etcdError(member.url, cause);
        if (isPassing(error)) this.#leave(member);
        const isWorthIt = isRepeatable ? isPassing(error) : isUnsent(error);
        if (!isWorthIt || this.#isStopping || Date.now() + pauseMs > deadline) throw error;
        await this.pause(pauseMs);
      }
    }
  }

  #send<T>({ host }: Member, service: 'KV' | 'Lease', method: string, request: object, deadline: number, decode: CallOptions<T>['decode']): Promise<T> {
    return new Promise((resolve, reject) => {
      const client = host.getServiceClient(service);
      const { path, requestSerialize, responseDeserialize } = methodsOf(client)[method]!;
      const read = decode ?? (responseDeserialize as (bytes: Buffer) => T);
      client.makeUnaryRequest(path, requestSerialize, read, request, this.#metadata, { deadline }, (error, response) => {
        if (error) reject(error);
        else resolve(response!);
      });
    });
  }

  /** Turns to the next member, if nobody has yet. */
  #leave(member: Member): void {
    if (this.#members[this.#current] === member) this.#current = (this.#current + 1) % this.#members.length;
  }
}

/** What etcd says of a number that is a string on the wire. */
export const revisionOf = ({ mod_revision }: IKeyValue): number => Number(mod_revision);

/**
 * A copy of a value. What gRPC gives is a view of the whole message: kept in a cache, one value would keep a page of others, or the value that
 * it has replaced.
 */
export const ownValue = ({ value }: IKeyValue): Buffer => Buffer.from(value);
