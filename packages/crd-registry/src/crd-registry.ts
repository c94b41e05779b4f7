/** CustomResourceDefinitions, and the resources that they define, in an API registry. */
import { type Clock, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import { type ApiRegistry, type RegisteredResource, ResourceStore, type SchemaSource } from '@apiserver-kit/rest';
import type { MaybePromise, Storage } from '@apiserver-kit/storage';
import { type CacherOptions, type Entry, follow, type Following, type Watcher } from '@apiserver-kit/watch-cache';
import { cleanUp, needsCleanup } from './cleanup.js';
import { withConditions } from './conditions/index.js';
import { definitionDescription, definitionGroup, definitionPlural, definitionSubresources } from './definitions/resource.js';
import { createLoop } from './loop.js';
import { ServedDefinitions } from './serving/served-definitions.js';
import { type CustomResourceDefinition, isConditionTrue } from './validation/custom-resource-definition.js';

/** In whose name the server writes: as the reference, whose clients tell managers by it. */
const serverName = 'kube-apiserver';

export interface CRDRegistryOptions extends Omit<CacherOptions, 'fieldsOf' | 'clock'> {
  /** Where definitions and custom resources are kept. */
  readonly storage: Storage;
  /** Where custom resources are put when they are served, and taken away when they are not. */
  readonly registry: ApiRegistry;
  /** What stands before all keys, without a slash at its end (`--etcd-prefix`). Default `/registry`. */
  readonly etcdPrefix?: string;
  readonly clock?: Clock;
  /** Told of what went wrong and is tried again. Default: nobody. */
  readonly log?: ErrorLog;
}

/** The definitions of a server. */
export interface CRDRegistry extends AsyncDisposable {
  /** `customresourcedefinitions`: to be added to the registry. */
  readonly definitions: RegisteredResource;
  /** Where the definitions are kept. */
  readonly store: ResourceStore;
  /** The schemas of what is served, for OpenAPI documents. */
  readonly schemas: SchemaSource;
  /**
   * Serves the definitions that are there, and follows their changes from then on: accepts names, establishes, serves, cleans up.
   * Settled when those that were there are served; at once over a storage in this process.
   */
  start(): MaybePromise<void>;
  /** Resolves when there is nothing left to do for the definitions as they are: conditions are set, and what is established is served. */
  settled(): Promise<void>;
  /** Ends everything that runs, and the caches. */
  close(): Promise<void>;
}

const definitionOf = (entry: Entry): CustomResourceDefinition => entry.object() as unknown as CustomResourceDefinition;

/**
 * Makes a registry of custom resources. Nothing is read or run before `start()`, and the code for schemas is loaded with the first definition
 * that is written or whose objects are asked for.
 *
 * @example
 * const crds = createCRDRegistry({ storage, registry });
 * registry.add(crds.definitions);
 * await crds.start();
 */
export function createCRDRegistry({
  storage,
  registry,
  etcdPrefix = '/registry',
  clock = systemClock,
  log = () => {},
  ...cacher
}: CRDRegistryOptions): CRDRegistry {
  const cacherOptions = { ...cacher, clock };
  const store = new ResourceStore(storage, {
    ...cacherOptions,
    resource: { group: definitionGroup, resource: definitionPlural },
    namespaced: false,
    prefix: `${etcdPrefix}/${definitionGroup}/${definitionPlural}`,
  });
  const served = new ServedDefinitions({ registry, storage, etcdPrefix, clock, cacherOptions });
  /** Watches of the instances that a definition waits for. */
  const waits = new Map<string, Watcher>();
  let following: Following | undefined;

  const all = (): CustomResourceDefinition[] => store.cacher.list({}).entries.map(definitionOf);

  const established = (): CustomResourceDefinition[] => all().filter((crd) => isConditionTrue(crd, 'Established'));
  const publishing = () => import('./serving/openapi.js');

  /** A name was given or freed: the others of its group may get theirs now. */
  const addGroup = (group: string, except: string): void => {
    for (const { spec, metadata } of all()) if (spec.group === group && metadata.name !== except) loop.add(metadata.name!);
  };

  const endWait = (name: string): void => {
    waits.get(name)?.close();
    waits.delete(name);
  };

  const finish = async (name: string, entry: Entry): Promise<void> => {
    endWait(name);
    const instances = await served.storeOf(name);
    const remaining = await cleanUp(entry, { definitions: store, instances, nowMs: clock.now() });
    if (!remaining || !instances) return;
    const lookAgain = (): void => loop.add(name);
    const receiver = { onEvent: (type: string) => type === 'DELETED' && lookAgain(), onBookmark: () => {}, onEnd: lookAgain };
    waits.set(name, instances.cacher.watch({}, { afterRevision: remaining.resourceVersion }, receiver));
  };

  /** Makes a definition what it should be; its own change brings it up again. */
  const sync = async (name: string): Promise<void> => {
    const entry = await store.get('', name);
    if (!entry) return endWait(name);
    const crd = definitionOf(entry);
    const next = await withConditions(crd, all, clock.now());
    if (next !== crd) {
      const { definitionStatusFieldManager } = await import('./definitions/field-management.js');
      const accounted = await definitionStatusFieldManager.update(crd as unknown as KubeObject, next as unknown as KubeObject, serverName, clock.now());
      const written = await store.update(entry, store.print(accounted));
      if (written) addGroup(crd.spec.group, name);
    } else if (needsCleanup(crd)) await finish(name, entry);
  };
  const loop = createLoop(sync, { clock, log });

  const serve = (entry: Entry): void => {
    try {
      served.update(entry.name, definitionOf(entry));
    } catch (error) {
      // One that another server has left unusable keeps no other from being served.
      log(`custom resource definition ${entry.name} cannot be served`, error);
    }
    loop.add(entry.name);
  };

  const start = (): MaybePromise<void> => {
    following ??= follow(
      store.cacher,
      {
        onReplace(entries) {
          const names = new Set(entries.map(({ name }) => name));
          for (const name of served.names()) if (!names.has(name)) served.remove(name);
          for (const entry of entries) serve(entry);
        },
        onEvent(type, entry) {
          if (type !== 'DELETED') return serve(entry);
          served.remove(entry.name);
          loop.add(entry.name);
          addGroup(definitionOf(entry).spec.group, entry.name);
        },
      },
      { clock },
    );
    return following.ready;
  };

  const close = async (): Promise<void> => {
    following?.close();
    await loop.close();
    for (const name of waits.keys()) endWait(name);
    await Promise.all([served.close(), store.close()]);
  };

  return {
    definitions: {
      description: definitionDescription,
      subresources: definitionSubresources,
      store: () => store,
      load: () => import('./definitions/stored-resource.js').then(({ definitionsResource }) => definitionsResource(store)),
    },
    store,
    schemas: {
      v3: async (groupVersion) => (await publishing()).publishedSchemas(established(), 'v3', groupVersion),
      v2: async () => (await publishing()).publishedSchemas(established(), 'v2'),
    },
    start,
    settled: () => loop.idle(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
