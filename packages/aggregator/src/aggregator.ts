/** Other API servers behind this one: the APIServices of a server, and what becomes of them (k8s.io/kube-aggregator). */
import { type Clock, type GroupVersion, systemClock } from '@apiserver-kit/machinery';
import type { ErrorLog, Filter, RequestContext } from '@apiserver-kit/pipeline';
import { type ApiRegistry, type RegisteredResource, type RemoteDocuments, type RemoteGroups, ResourceStore } from '@apiserver-kit/rest';
import type { MaybePromise, Storage } from '@apiserver-kit/storage';
import { type CacherOptions, type Entry, follow, type Following } from '@apiserver-kit/watch-cache';
import { randomUUID } from 'node:crypto';
import { apiServiceGroup, apiServiceName, apiServicePlural, asAPIService, availableCondition, groupVersionPath, localAvailability } from './api-service.js';
import { AvailabilityController } from './availability/controller.js';
import { RemoteDocumentsCache } from './documents/documents.js';
import { builtinPriority } from './local/priorities.js';
import { LocalRegistration } from './local/registration.js';
import { Priorities } from './priorities.js';
import { proxy, serviceUnavailableAnswer } from './proxy/proxy.js';
import type { ProxyClientCertificate } from './proxy/transport.js';
import { type Remote, Remotes } from './remote.js';
import { apiServiceDescription, apiServiceSubresources } from './resource/description.js';
import { clusterIPResolver, type ServiceObjects, type ServiceResolver } from './service-resolver.js';

export interface AggregatorOptions extends Omit<CacherOptions, 'fieldsOf' | 'clock'> {
  /** Where APIServices are kept. */
  readonly storage: Storage;
  /** What this server serves itself: each group version gets an APIService. */
  readonly registries: readonly ApiRegistry[];
  /** What stands before all keys, without a slash at its end (`--etcd-prefix`). Default `/registry`. */
  readonly etcdPrefix?: string;
  /** The services of the cluster, for what is known of them. Undefined: a service counts as there, and `resolveService` has to find it. */
  readonly services?: ServiceObjects;
  /** Finds the servers. Default: by the cluster IPs of `services`. */
  readonly resolveService?: ServiceResolver;
  /** How we are known to the servers, asked for each new APIService. Default: not at all; servers then take nobody's word for who the user is. */
  readonly proxyClientCertificate?: () => ProxyClientCertificate | undefined;
  readonly clock?: Clock;
  /** Makes a uid. Default: random. */
  readonly uid?: () => string;
  /** Told of what went wrong and is tried again. Default: nobody. */
  readonly log?: ErrorLog;
}

/** The APIServices of a server. */
export interface Aggregator extends AsyncDisposable {
  /** `apiservices`: to be added to the registry. */
  readonly apiServices: RegisteredResource;
  /** Where they are kept. */
  readonly store: ResourceStore;
  /** Leads requests on to the servers of remote group versions; all others go on to the next handler. Belongs before everything that serves resources. */
  readonly filter: Filter;
  /** What the servers behind this one serve, and where all group versions stand: for discovery. */
  readonly remoteGroups: RemoteGroups;
  /** The OpenAPI v3 documents of the servers behind this one. */
  readonly remoteDocuments: RemoteDocuments;
  /**
   * Takes in the APIServices that are there, makes those of the registries, and follows all changes from then on. Nothing is asked of any server
   * where none is behind this one. Settled when the group versions of the registries have their APIServices.
   */
  start(): Promise<void>;
  /** Our certificate has changed: connections are made anew. */
  renewConnections(): void;
  /** Resolves when nothing is being worked on: local APIServices are in step, servers have been asked, documents fetched. */
  settled(): Promise<void>;
  /** Ends everything that runs, the idle connections, and the cache. */
  close(): Promise<void>;
}

const unresolved: ServiceResolver = () => {
  throw new Error('nobody knows where services are: give the aggregator `services` or `resolveService`');
};

/**
 * Makes an aggregator. Nothing is read or run before `start()`.
 *
 * @example
 * const aggregator = createAggregator({ storage, registries: [registry], resolveService: staticResolver({ 'widgets/api': '127.0.0.1:8443' }) });
 * registry.add(aggregator.apiServices);
 * const handler = aggregator.filter(resourceHandler({ registry })(pageNotFound));
 * await aggregator.start();
 */
export function createAggregator({
  storage,
  registries,
  etcdPrefix = '/registry',
  services,
  resolveService = services ? clusterIPResolver(services) : unresolved,
  proxyClientCertificate = () => undefined,
  clock = systemClock,
  uid = randomUUID,
  log = () => {},
  ...cacher
}: AggregatorOptions): Aggregator {
  const store = new ResourceStore(storage, {
    ...cacher,
    clock,
    resource: { group: apiServiceGroup, resource: apiServicePlural },
    namespaced: false,
    prefix: `${etcdPrefix}/${apiServiceGroup}/${apiServicePlural}`,
  });
  let generation = 0;
  const changed = (): void => {
    generation += 1;
  };
  const remotes = new Remotes(proxyClientCertificate);
  const priorities = new Priorities(builtinPriority);
  const running = { clock, log };
  const availability = new AvailabilityController({ store, remotes, resolve: resolveService, services, ...running });
  const documents = new RemoteDocumentsCache({ remotes, resolve: resolveService, onChange: changed, ...running });
  const registration = new LocalRegistration({ store, registries, uid, ...running });

  const forget = (name: string): void => {
    if (!remotes.remove(name)) return;
    documents.add(name);
    changed();
  };

  const take = ({ name, object }: { readonly name: string; readonly object: ReturnType<typeof asAPIService> }): void => {
    if (priorities.set(name, object.spec)) changed();
    if (object.spec.service == null) {
      forget(name);
      // One that was remote has another's condition.
      if (availableCondition(object)?.reason !== localAvailability.reason) availability.add(name);
      return;
    }
    const news = remotes.update(name, object);
    if (news === 'spec') availability.add(name);
    if (news === undefined) return;
    documents.add(name);
    changed();
  };
  const takeEntry = (entry: Entry): void => take({ name: entry.name, object: asAPIService(entry.object()) });

  const drop = (name: string): void => {
    if (priorities.remove(name)) changed();
    forget(name);
  };

  let following: Following | undefined;
  let isStarted = false;
  let existing: readonly string[] = [];
  const followAll = (): MaybePromise<void> => {
    following ??= follow(
      store.cacher,
      {
        onReplace(entries) {
          existing = entries.map(({ name }) => name);
          const names = new Set(existing);
          for (const name of priorities.names()) if (!names.has(name)) drop(name);
          for (const entry of entries) takeEntry(entry);
          if (isStarted) for (const name of names) registration.add(name);
        },
        onEvent(type, entry) {
          if (type === 'DELETED') drop(entry.name);
          else takeEntry(entry);
          registration.add(entry.name);
        },
      },
      { clock },
    );
    return following.ready;
  };

  const proxyOptions = { resolve: resolveService, clock };
  const remoteOf = ({ request: { path } }: RequestContext): Remote | undefined => (path.startsWith(openapiRoot) ? documentOwner(path) : remotes.at(path));
  const documentOwner = (path: string): Remote | undefined => {
    const remote = remotes.at(path.slice(openapiRoot.length - 1));
    return remote && documents.of(remote.name).openapiUrl !== undefined ? remote : undefined;
  };

  const close = async (): Promise<void> => {
    following?.close();
    await Promise.all([registration.close(), availability.close(), documents.close()]);
    remotes.close();
    await store.close();
  };

  return {
    apiServices: {
      description: apiServiceDescription,
      subresources: apiServiceSubresources,
      store: () => store,
      load: () => import('./resource/stored-resource.js').then(({ apiServicesResource }) => apiServicesResource(store)),
    },
    store,
    filter: (next) => (ctx) => {
      if (remotes.size === 0) return next(ctx);
      const remote = remoteOf(ctx);
      if (!remote) return next(ctx);
      return remote.isAvailable ? proxy(ctx, remote, proxyOptions) : serviceUnavailableAnswer();
    },
    remoteGroups: {
      get generation() {
        return generation;
      },
      groupVersions: () => [...remotes.all()].map(({ name, group, version }) => ({ group, version, ...pick(documents.of(name)) })),
      priority: (groupVersion: GroupVersion) => priorities.of(apiServiceName(groupVersion), groupVersion),
    },
    remoteDocuments: {
      get generation() {
        return generation;
      },
      urls: () =>
        Object.fromEntries(
          [...remotes.all()].flatMap((remote) => {
            const { openapiUrl } = documents.of(remote.name);
            return openapiUrl === undefined ? [] : [[groupVersionPath(remote).slice(1), openapiUrl]];
          }),
        ),
    },
    async start() {
      await followAll();
      isStarted = true;
      await registration.start(existing);
    },
    renewConnections: () => remotes.renew(),
    async settled() {
      await registration.idle();
      await availability.idle();
      await documents.idle();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What comes before the path of a group version in that of its document. */
const openapiRoot = '/openapi/v3/';

const pick = ({ resources, freshness }: ReturnType<RemoteDocumentsCache['of']>) => ({ resources, freshness });
