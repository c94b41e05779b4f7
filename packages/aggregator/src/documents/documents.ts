/** Discovery and OpenAPI of the servers behind us, fetched before anybody asks. */
import { WorkQueue } from '@apiserver-kit/client/work-queue';
import { type Clock, isRecord, jsonEqual, parseJson } from '@apiserver-kit/machinery';
import { type ErrorLog, groupMasters, type UserInfo } from '@apiserver-kit/pipeline';
import { discoveryPath, fetchFrom, type Remote, type Remotes } from '../remote.js';
import type { ServiceResolver } from '../service-resolver.js';
import { within } from '../time-limit.js';
import { aggregatedAccept, isAggregated, type ResourceDiscovery, resourcesOfAggregated, resourcesOfLegacy } from './discovery-document.js';

export interface DocumentsOptions {
  readonly remotes: Remotes;
  readonly resolve: ServiceResolver;
  readonly clock: Clock;
  readonly log: ErrorLog;
  /** Told of each change. */
  readonly onChange: () => void;
}

/** What is known of one server. */
export interface RemoteDocument {
  readonly resources: readonly ResourceDiscovery[];
  readonly freshness: 'Current' | 'Stale';
  /** Where the server's OpenAPI v3 document of the group version is; undefined: it has none. */
  readonly openapiUrl: string | undefined;
}

const unknownDocument: RemoteDocument = { resources: [], freshness: 'Stale', openapiUrl: undefined };

/** Servers do not say when they change. */
const refreshMs = 60_000;
const fetchTimeoutMs = 5000;
const openapiTimeoutMs = 60_000;

const discoverer: UserInfo = { name: 'system:kube-aggregator', groups: [groupMasters] };
const openapiReader: UserInfo = { name: 'system:aggregator', groups: [] };

/** Fetches the documents of available servers when they change, and every minute. Those of others stay as they were, and are stale. */
export class RemoteDocumentsCache {
  readonly #options: DocumentsOptions;
  readonly #queue: WorkQueue;
  readonly #known = new Map<string, RemoteDocument>();
  readonly #etags = new Map<string, string>();

  constructor(options: DocumentsOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue((name, signal) => this.#sync(name, signal), {
      clock,
      log,
      name: 'discovery of APIServices',
      minBackoffMs: 500,
      maxBackoffMs: refreshMs,
      concurrency: 2,
    });
  }

  of(name: string): RemoteDocument {
    return this.#known.get(name) ?? unknownDocument;
  }

  /** Has the documents of an APIService fetched now, or forgotten, where it names no service any more. */
  add(name: string): void {
    this.#queue.add(name);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  async #sync(name: string, signal: AbortSignal) {
    const remote = this.#options.remotes.get(name);
    if (!remote) {
      this.#etags.delete(name);
      this.#known.delete(name);
      return undefined;
    }
    // One that is not available is asked when it is again: its APIService says so.
    if (!remote.isAvailable) {
      this.#set(name, { ...this.of(name), freshness: 'Stale' });
      return undefined;
    }
    try {
      const resources = await this.#discovery(remote, signal);
      this.#set(name, { ...this.of(name), resources, freshness: 'Current' });
    } catch (error) {
      if (!signal.aborted) this.#set(name, { ...this.of(name), freshness: 'Stale' });
      throw error;
    }
    this.#set(name, { ...this.of(name), openapiUrl: await this.#openapi(remote, signal) });
    return { againInMs: refreshMs };
  }

  #set(name: string, document: RemoteDocument): void {
    if (!this.#options.remotes.get(name) || jsonEqual(this.#known.get(name), document)) return;
    this.#known.set(name, document);
    this.#options.onChange();
  }

  async #discovery(remote: Remote, signal: AbortSignal): Promise<readonly ResourceDiscovery[]> {
    const etag = this.#etags.get(remote.name);
    const headers = { accept: aggregatedAccept, ...(etag !== undefined && { 'if-none-match': etag }) };
    const { status, headers: answered, body } = await this.#fetch(remote, '/apis', discoverer, headers, fetchTimeoutMs, signal);
    if (status === 304) return this.of(remote.name).resources;
    if (status === 503) throw new Error(`the server of ${remote.name} answers its discovery with 503`);
    if (status === 200 && isAggregated(answered['content-type'])) {
      const resources = resourcesOfAggregated(body, remote);
      if (answered.etag) this.#etags.set(remote.name, answered.etag);
      return resources;
    }
    const path = discoveryPath(remote);
    const legacy = await this.#fetch(remote, path, discoverer, { accept: 'application/json' }, fetchTimeoutMs, signal);
    if (legacy.status !== 200) throw new Error(`the server of ${remote.name} answers ${path} with ${legacy.status}`);
    return resourcesOfLegacy(legacy.body, remote);
  }

  /** Only the document of the APIService's own group version counts: no server speaks for others. */
  async #openapi(remote: Remote, signal: AbortSignal): Promise<string | undefined> {
    const { status, body } = await this.#fetch(remote, '/openapi/v3', openapiReader, { accept: 'application/json' }, openapiTimeoutMs, signal);
    if (status !== 200) return undefined;
    const index: unknown = parseJson(body.toString('utf8'));
    const path = discoveryPath(remote).slice(1);
    const found = isRecord(index) && isRecord(index.paths) ? index.paths[path] : undefined;
    const url = isRecord(found) ? found.serverRelativeURL : undefined;
    return typeof url === 'string' && url.startsWith(`/openapi/v3/${path}`) ? url : undefined;
  }

  #fetch(remote: Remote, path: string, user: UserInfo, headers: Record<string, string>, timeoutMs: number, signal: AbortSignal) {
    const { resolve, clock } = this.#options;
    return within(signal, timeoutMs, clock, (limited) => fetchFrom(remote, resolve, { path, user, headers, signal: limited }));
  }
}
