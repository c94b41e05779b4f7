/** A whole API server as one function: for embedding, extending, and tests. The command is this with flags. */
import type { AdmissionPlugin } from '@apiserver-kit/admission';
import type { Authenticator, RequestHeaderNames, TokenAuthenticator } from '@apiserver-kit/authn';
import { type Authorizer, rbac, rbacKinds, rbacGroup } from '@apiserver-kit/authz';
import { accessReviews, builtinApi, builtinResource, builtinStores } from '@apiserver-kit/builtin';
import {
  clusterRoleAggregation,
  type Controller,
  defaultNamespaces,
  garbageCollector,
  namespaceDeletion,
  rbacBootstrap,
  type RbacStores,
} from '@apiserver-kit/controllers';
import { createCRDRegistry } from '@apiserver-kit/crd-registry';
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import {
  createDrain,
  type ErrorLog,
  type Filter,
  groupAuthenticated,
  groupMasters,
  type NamedFilter,
  type Pipeline,
  pipeline,
  type UserInfo,
} from '@apiserver-kit/pipeline';
import {
  ApiRegistry,
  discovery,
  openapiV2,
  openapiV3,
  type RegisteredResource,
  type ResourceStore,
  resourceHandler,
  rootPaths,
  version,
} from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { randomUUID } from 'node:crypto';
import { type AuthorizationMode, serverAuthorizer } from './assembly/authorizer.js';
import { serverAdmission } from './assembly/admission.js';
import { type AggregationOptions, serverAggregation } from './assembly/aggregation.js';
import { createNamespace } from './assembly/create-namespace.js';
import type { ServerAuditOptions } from './assembly/audit.js';
import { serverAuthenticator } from './assembly/authenticator.js';
import { authorizeCreate } from './assembly/authorize-create.js';
import { serverFilters } from './assembly/chain.js';
import { serverHealth } from './assembly/health.js';
import { rbacFeed } from './assembly/rbac-feed.js';
import { atPath, routes } from './assembly/routes.js';
import { builtinSchemas } from './assembly/schemas.js';
import { type ServiceAccountOptions, serviceAccounts } from './assembly/service-accounts.js';
import type { HealthChecks } from './health/index.js';
import { type InProcessClient, inProcessClient } from './in-process.js';
import { createMetrics, metricsHandler, processMetrics } from './metrics/index.js';

/** What the parts that an assembler adds may need of the server. */
export interface ServerParts {
  readonly storage: Storage;
  readonly registry: ApiRegistry;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly uid: () => string;
  readonly log: ErrorLog;
  /** A client in this process: for who is given, else for the server itself, which may do everything. */
  client(user?: UserInfo): InProcessClient;
}

export interface ApiServerOptions {
  /** Where objects are kept. It belongs to the server, and is closed with it. Default: memory. */
  readonly storage?: Storage;
  /** What all keys in storage start with. Default `/registry`. */
  readonly etcdPrefix?: string;
  /** The range, as a CIDR, that services get their addresses from. Default `10.0.0.0/24`. */
  readonly serviceClusterIPRange?: string;
  /** The ports that services of type NodePort get. Default `30000-32767`. */
  readonly serviceNodePortRange?: string;
  /** How long events are kept after they were last written, in seconds. Default an hour. */
  readonly eventTtlSeconds?: number;
  /** Whether what has lost its owners is deleted, and deletions may wait for that. Default true. */
  readonly garbageCollection?: boolean;
  /** PEM: clients with a certificate of these CAs are known. */
  readonly clientCAPem?: string;
  /** What knows bearer tokens. */
  readonly tokens?: readonly TokenAuthenticator[];
  /** Who issues tokens of service accounts, and with which key. Default: nobody, and there is no `serviceaccounts/token`. */
  readonly serviceAccounts?: ServiceAccountOptions;
  /** Ways to be known besides certificates and tokens. */
  readonly authenticators?: readonly Authenticator[];
  /** What is written down of requests, and where. Default: nothing. */
  readonly audit?: ServerAuditOptions;
  /** The headers in which front proxies name users, where they are not the usual ones: taken out of all requests. */
  readonly requestHeaders?: RequestHeaderNames;
  /** Whether requests without a credential are `system:anonymous`. Default true. */
  readonly anonymousAuth?: boolean;
  /** Asked in this order; an authorizer of one's own stands where a mode may. Default: RBAC. */
  readonly authorization?: readonly (AuthorizationMode | Authorizer)[];
  /** Admission plugins to run besides those that run by default, by name. */
  readonly enableAdmissionPlugins?: readonly string[];
  /** Admission plugins that run by default and are not to, by name. */
  readonly disableAdmissionPlugins?: readonly string[];
  /** Admission plugins of one's own: after the standard ones. */
  readonly admission?: readonly AdmissionPlugin[];
  /** Resources besides the built-in and the custom ones. */
  readonly resources?: readonly RegisteredResource[] | ((parts: ServerParts) => readonly RegisteredResource[]);
  /** Other API servers behind this one. False: there are none, and no APIServices. Default: those that APIServices name. */
  readonly aggregation?: AggregationOptions | false;
  /** Answer paths of their own, and pass on the rest: asked before everything else that stands behind the filters. */
  readonly handlers?: readonly Filter[];
  /** The filters as they are, to change them: leave one out, put one in. Default: as they are. */
  readonly filters?: (standard: readonly NamedFilter[]) => readonly NamedFilter[];
  /** Whether browsers of an origin may call. Default: none. */
  readonly isOriginAllowed?: (origin: string) => boolean;
  /** As in the header Strict-Transport-Security. Default: no header. */
  readonly hstsDirectives?: readonly string[];
  /** How long a request may take that is no watch, in ms. Default a minute. */
  readonly requestTimeoutMs?: number;
  /** Host and port under which clients reach the server, for discovery. Default: none. */
  readonly serverAddress?: string | (() => string);
  readonly clock?: Clock;
  /** Makes a uid. Default: random. */
  readonly uid?: () => string;
  /** Told of failures that no client should see. Default: nobody. */
  readonly log?: ErrorLog;
}

/** A server without a port: `listen(server.handler, …)` or `fetchHandler(server.handler)` give it one. */
export interface ApiServer extends ServerParts, AsyncDisposable {
  readonly handler: Pipeline;
  readonly health: HealthChecks;
  /** Takes no more requests, ends watches in good order, and resolves when what is under way has been answered, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  /** Drains, ends everything that runs behind the handler, and closes the storage. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** As whom the server calls itself: the reference's loopback client. */
const loopbackUser: UserInfo = { name: 'system:apiserver', groups: [groupMasters, groupAuthenticated] };

/** It has caches to load: whoever waits for the server is to be answered first. */
const garbageCollectionAfterMs = 250;

/**
 * Puts a server together and starts it: storage, caches, authentication, authorization, admission, the built-in and the custom resources, and the
 * controllers behind them. It is ready when the promise resolves.
 *
 * @example
 * const server = await apiServer();
 * const { status } = await server.client().request({ path: '/api/v1/namespaces' });
 * await server.close();
 */
export async function apiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { storage = memoryStorage(), etcdPrefix = '/registry', authorization = ['RBAC'], garbageCollection = true } = options;
  const { clock = systemClock, uid = randomUUID, log = () => {} } = options;
  const running = { clock, log };
  const controllers: Controller[] = [];
  const run = <C extends Controller>(controller: C): C => {
    controllers.push(controller);
    return controller;
  };

  const stores = builtinStores(storage, { etcdPrefix, clock });
  const storeOf = (group: string, kind: string): ResourceStore => stores.of(builtinResource({ group, version: 'v1', kind })!);
  const namespaces = storeOf('', 'Namespace');
  const rbacStores = Object.fromEntries(rbacKinds.map((kind) => [kind, storeOf(rbacGroup, kind)])) as unknown as RbacStores;

  // All that follows a cache is there before anything is written.
  const feed = run(rbacFeed(rbacStores, clock));
  const resolver = rbac(feed.store);
  const authorizer = serverAuthorizer(authorization, resolver);
  const bootstrap = run(rbacBootstrap(rbacStores, { uid, ...running }));
  const systemNamespaces = run(defaultNamespaces(namespaces, { uid, ...running }));

  const registry = new ApiRegistry();
  const registries = [registry];
  const crds = createCRDRegistry({ storage, registry, etcdPrefix, ...running });
  const schemas = [builtinSchemas, crds.schemas];
  const { aggregation = {} } = options;
  const aggregator = aggregation === false ? undefined : serverAggregation({ storage, stores, registries, etcdPrefix, uid, ...running }, aggregation);
  const admission = run(
    serverAdmission(
      {
        stores,
        registry,
        authorizer,
        hasTokens: options.serviceAccounts !== undefined,
        clock,
        uid,
        createNamespace: (name) => createNamespace(parts.client(), name),
      },
      { enabled: options.enableAdmissionPlugins, disabled: options.disableAdmissionPlugins, plugins: options.admission },
    ),
  );

  const accounts = options.serviceAccounts && serviceAccounts(options.serviceAccounts, (kind) => storeOf('', kind), clock);

  let isReady = false;
  const drain = createDrain();
  const metrics = createMetrics();
  const startTasks = { 'rbac/bootstrap-roles': () => bootstrap.isDone, 'start-system-namespaces-controller': () => isReady };
  const health = serverHealth({ storage, startTasks, drain, ...running });
  const audit = options.audit && (await import('./assembly/audit.js')).serverAudit(options.audit, clock);
  const filters = serverFilters({
    audit,
    requestHeaders: options.requestHeaders,
    authenticator: serverAuthenticator({ ...options, tokens: [...(options.tokens ?? []), ...(accounts ? [accounts.tokens] : [])], clock }),
    authorizer,
    drain,
    metrics,
    isReady: () => isReady,
    isOriginAllowed: options.isOriginAllowed ?? (() => false),
    hstsDirectives: options.hstsDirectives ?? [],
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    ...running,
  });
  const handlers = [
    ...(options.handlers ?? []),
    health.filter,
    atPath('/metrics', metricsHandler(metrics, [processMetrics()])),
    version(),
    ...(aggregator ? [aggregator.filter] : []),
    discovery({ registries, serverAddress: options.serverAddress, remotes: aggregator?.remoteGroups }),
    openapiV3({ registries, schemas, clock, remoteDocuments: aggregator?.remoteDocuments }),
    openapiV2({ registries, schemas, clock }),
    resourceHandler({
      registry,
      garbageCollection,
      admission: admission.chain,
      clock,
      uid,
      authorizeCreate: authorizeCreate(authorizer),
      protobuf: async () => (await import('@apiserver-kit/builtin/protobuf')).protobufCodec,
    }),
    rootPaths({ registries, paths: ['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] }),
  ];
  const handler = pipeline(options.filters?.(filters) ?? filters, routes(handlers, log));
  const parts: ServerParts = { storage, registry, authorizer, clock, uid, log, client: (user = loopbackUser) => inProcessClient(handler, { user, log }) };

  const { resources = [] } = options;
  registry.add(
    ...builtinApi({
      storage,
      stores,
      serviceClusterIPRange: options.serviceClusterIPRange,
      serviceNodePortRange: options.serviceNodePortRange,
      eventTtlSeconds: options.eventTtlSeconds,
      escalation: { authorizer, resolver },
      requestToken: accounts?.requestToken,
    }),
    ...accessReviews({ authorizer, clock }),
    crds.definitions,
    ...(aggregator ? [aggregator.apiServices] : []),
    ...(typeof resources === 'function' ? resources(parts) : resources),
  );
  await Promise.all([feed.ready, admission.ready, bootstrap.ready, systemNamespaces.ready, crds.start()]);
  // Each group version that is served by now has its APIService before anybody looks.
  if (aggregator) await run(aggregator).start();
  isReady = true;
  run(clusterRoleAggregation(rbacStores.ClusterRole, running));
  run(namespaceDeletion({ namespaces: namespaces.cacher, registry, client: parts.client(), ...running }));
  if (garbageCollection) run(garbageCollector({ registry, client: parts.client(), beginAfterMs: garbageCollectionAfterMs, ...running }));

  let closed: Promise<void> | undefined;
  const close = ({ timeoutMs = 10_000 } = {}): Promise<void> => {
    closed ??= (async () => {
      await drain.drain(timeoutMs);
      await Promise.all([...controllers.map((controller) => controller.close()), crds.close()]);
      await audit?.close();
      await stores.close();
      await storage.close();
    })();
    return closed;
  };
  return { ...parts, handler, health, drain: (timeoutMs) => drain.drain(timeoutMs), close, [Symbol.asyncDispose]: () => close() };
}
