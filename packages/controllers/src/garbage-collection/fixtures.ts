/** What the tests of the garbage collector run on: the built-in resources over a storage in memory, with the collector behind them. */
import { builtinApi, builtinResource, builtinStores } from '@apiserver-kit/builtin';
import { fakeClock, type GroupVersionKind, type KubeObject, type OwnerReference } from '@apiserver-kit/machinery';
import { bodyBytes, createContext, isWatchStream, named, pageNotFound, pipeline, recover, requestInfo } from '@apiserver-kit/pipeline';
import { ApiRegistry, resourceHandler } from '@apiserver-kit/rest';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { type ApiClient, callApi, isNotFound } from '../api-client.js';
import { put } from '../fixtures.js';
import { type GarbageCollector, garbageCollector } from './index.js';

export interface Cluster extends AsyncDisposable {
  readonly registry: ApiRegistry;
  /** What has been asked: `DELETE /api/…`. */
  readonly requests: string[];
  readonly failures: unknown[];
  /** Starts the collector. */
  collect(): GarbageCollector;
  request(method: string, path: string, body?: unknown): Promise<KubeObject>;
  /** Creates an object at the end of a collection's path. */
  create(path: string, object: unknown): Promise<KubeObject>;
  /** Stores an object of a kind as it is, past the API. */
  put(kind: GroupVersionKind, object: KubeObject): Promise<void>;
  find(path: string): Promise<KubeObject | undefined>;
}

export function cluster(): Cluster {
  const clock = fakeClock();
  const storage = memoryStorage({ clock });
  const stores = builtinStores(storage);
  const registry = new ApiRegistry();
  registry.add(...builtinApi({ storage, stores }));
  let uids = 0;
  const failures: unknown[] = [];
  const requests: string[] = [];
  const handler = pipeline(
    [
      named(
        'recover',
        recover((_, error) => void failures.push(error)),
      ),
      named('requestInfo', requestInfo()),
      named('resources', resourceHandler({ registry, clock, uid: () => `uid-${++uids}`, garbageCollection: true })),
    ],
    () => pageNotFound(),
  );
  const client: ApiClient = {
    async request({ method = 'GET', path, body, headers = {} }) {
      requests.push(`${method} ${path}`);
      const ctx = createContext({
        method,
        path,
        rawQuery: '',
        headers: { 'content-type': 'application/json', ...headers },
        isSecure: true,
        protocol: 'HTTP/1.1',
        remoteAddress: '',
        peerCertificate: () => undefined,
        body: async () => Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      });
      const response = await handler(ctx);
      if (isWatchStream(response.body)) throw new Error('nobody asked for a watch');
      const bytes = Buffer.from(bodyBytes(response.body));
      return { status: response.status, text: () => bytes.toString() };
    },
  };
  const patch = { 'content-type': 'application/merge-patch+json' };
  const request = (method: string, path: string, body?: unknown): Promise<KubeObject> =>
    callApi(client, { method, path, body, headers: method === 'PATCH' ? patch : {} });
  const collectors: GarbageCollector[] = [];
  return {
    registry,
    requests,
    failures,
    collect() {
      const collector = garbageCollector({ registry, client, clock, log: (_, error) => void failures.push(error) });
      collectors.push(collector);
      return collector;
    },
    request,
    create: (path, object) => request('POST', path, object),
    put: (kind, object) => put(stores.of(builtinResource(kind)!), object),
    find: (path) =>
      request('GET', path).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    async [Symbol.asyncDispose]() {
      for (const collector of collectors) await collector.close();
      await stores.close();
      await storage.close();
    },
  };
}

/** A reference to an object. */
export const ownedBy = ({ apiVersion, kind, metadata }: KubeObject, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: apiVersion!,
  kind: kind!,
  name: metadata.name!,
  uid: metadata.uid!,
  ...more,
});
