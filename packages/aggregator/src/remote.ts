/** The servers behind this one, as the APIServices say. */
import { type GroupVersion, jsonEqual } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { type APIService, type APIServiceSpec, groupVersionPath, isAvailable, type ServiceReference } from './api-service.js';
import { whole } from './proxy/answer.js';
import { type ProxyClientCertificate, Transport } from './proxy/transport.js';
import { userHeaders } from './proxy/user-headers.js';
import type { ServiceResolver } from './service-resolver.js';

/** The server of one group version. */
export interface Remote extends GroupVersion {
  /** Of its APIService. */
  readonly name: string;
  readonly spec: APIServiceSpec;
  readonly service: ServiceReference;
  readonly transport: Transport;
  /** What its APIService says. */
  readonly isAvailable: boolean;
}

/** The path at which a server says what is in a group version. */
export const discoveryPath = (remote: GroupVersion): string => groupVersionPath(remote);

/** Keeps a connection pool per APIService, for as long as its spec stays as it is. */
export class Remotes {
  readonly #byName = new Map<string, Remote>();
  readonly #byGroupVersion = new Map<string, Remote>();

  constructor(private readonly client: () => ProxyClientCertificate | undefined) {}

  get size(): number {
    return this.#byName.size;
  }

  all(): IterableIterator<Remote> {
    return this.#byName.values();
  }

  get(name: string): Remote | undefined {
    return this.#byName.get(name);
  }

  /** Takes in an APIService that names a service. Says what is new. */
  update(name: string, object: APIService): 'spec' | 'availability' | undefined {
    const { spec } = object;
    const { group = '', version = '', service = {} } = spec;
    const before = this.#byName.get(name);
    const available = isAvailable(object);
    const isSameSpec = before !== undefined && jsonEqual(before.spec, spec);
    if (isSameSpec && before.isAvailable === available) return undefined;
    if (!isSameSpec) before?.transport.close();
    const transport = isSameSpec ? before.transport : new Transport(spec, this.client());
    const remote: Remote = { name, group, version, spec, service, transport, isAvailable: available };
    this.#byName.set(name, remote);
    this.#byGroupVersion.set(`${group}/${version}`, remote);
    return isSameSpec ? 'availability' : 'spec';
  }

  /** Says whether there was one. */
  remove(name: string): boolean {
    const remote = this.#byName.get(name);
    if (!remote) return false;
    remote.transport.close();
    this.#byName.delete(name);
    this.#byGroupVersion.delete(`${remote.group}/${remote.version}`);
    return true;
  }

  /** Our certificate has changed: all connections are made anew. */
  renew(): void {
    for (const remote of [...this.#byName.values()]) {
      remote.transport.close();
      const renewed = { ...remote, transport: new Transport(remote.spec, this.client()) };
      this.#byName.set(remote.name, renewed);
      this.#byGroupVersion.set(`${remote.group}/${remote.version}`, renewed);
    }
  }

  close(): void {
    for (const name of [...this.#byName.keys()]) this.remove(name);
  }

  /** Whose a path is. */
  at(path: string): Remote | undefined {
    if (path.startsWith('/apis/')) return this.#byGroupVersion.get(groupVersionText(path, '/apis/'.length));
    // The core group is led on as a whole.
    if (path === '/api' || path.startsWith('/api/')) return this.#byName.get('v1.');
    return undefined;
  }
}

/** `group/version` at a place of a path. */
function groupVersionText(path: string, from: number): string {
  const slash = path.indexOf('/', from);
  if (slash === -1) return '';
  const end = path.indexOf('/', slash + 1);
  return end === -1 ? path.slice(from) : path.slice(from, end);
}

export interface FetchOptions {
  readonly path: string;
  readonly user: UserInfo;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface Fetched {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** No document is longer. */
const maxDocumentBytes = 64 << 20;

/** Asks a server something for ourselves. @throws Error when it gives no answer. */
export async function fetchFrom({ service, transport }: Remote, resolve: ServiceResolver, { path, user, headers, signal }: FetchOptions): Promise<Fetched> {
  const host = await resolve(service.namespace ?? '', service.name ?? '', service.port ?? 443);
  const answer = await transport.send({ host, method: 'GET', path, headers: { ...headers, ...userHeaders(user) }, signal });
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers as Record<string, string | undefined>,
    body: await whole(answer, maxDocumentBytes),
  };
}
