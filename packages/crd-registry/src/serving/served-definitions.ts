/** The custom resources that a registry has, kept as the definitions say. Light: what is needed to serve them is loaded when they are asked for. */
import { type Clock, jsonEqual } from '@apiserver-kit/machinery';
import type { ApiRegistry, RegisteredResource, ResourceStore } from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';
import type { CacherOptions } from '@apiserver-kit/watch-cache';
import { type CustomResourceDefinition, isConditionTrue } from '../validation/custom-resource-definition.js';
import { discoverSubresources, discoverVersion } from './describe.js';
import { hasRules } from './rules.js';
import type { ServedDefinition } from './served-definition.js';

/** How long requests that are under way may go on with what has been replaced, in ms. As in the reference. */
const retireAfterMs = 1000;

export interface ServedDefinitionsOptions {
  readonly registry: ApiRegistry;
  readonly storage: Storage;
  readonly etcdPrefix: string;
  readonly clock: Clock;
  readonly cacherOptions: Omit<CacherOptions, 'fieldsOf'>;
}

interface Serving {
  /** The newest state: of the same spec and names as what is served. */
  crd: CustomResourceDefinition;
  served: Promise<ServedDefinition> | undefined;
  /** What of it is in the registry. */
  registered: readonly RegisteredResource[];
}

/** Everything that a definition's resources are made of. */
const isServedAlike = (a: CustomResourceDefinition, b: CustomResourceDefinition): boolean =>
  a.metadata.uid === b.metadata.uid && jsonEqual(a.spec, b.spec) && jsonEqual(a.status?.acceptedNames ?? {}, b.status?.acceptedNames ?? {});

const isTerminating = (crd: CustomResourceDefinition): boolean => Boolean(crd.metadata.deletionTimestamp) || isConditionTrue(crd, 'Terminating');

export class ServedDefinitions {
  readonly #options: ServedDefinitionsOptions;
  readonly #serving = new Map<string, Serving>();
  readonly #retiring = new Set<() => Promise<void>>();

  constructor(options: ServedDefinitionsOptions) {
    this.#options = options;
  }

  /** Serves a definition as it is now: at once when it is established, and no longer when it is not. */
  update(name: string, crd: CustomResourceDefinition): void {
    const before = this.#serving.get(name);
    if (!isConditionTrue(crd, 'Established')) {
      if (before) this.remove(name);
      return;
    }
    if (before && isServedAlike(before.crd, crd)) {
      const isGoing = isConditionTrue(before.crd, 'Terminating');
      before.crd = crd;
      if (isGoing !== isConditionTrue(crd, 'Terminating')) this.#register(before);
      return;
    }
    const serving: Serving = { crd, served: undefined, registered: before?.registered ?? [] };
    this.#serving.set(name, serving);
    this.#register(serving);
    if (before) this.#retire(before);
  }

  /** Ends the serving of a definition. */
  remove(name: string): void {
    const serving = this.#serving.get(name);
    if (!serving) return;
    this.#serving.delete(name);
    this.#options.registry.remove(...serving.registered.map(({ description }) => description));
    this.#retire(serving);
  }

  /** The names of the definitions that are served. */
  names(): string[] {
    return [...this.#serving.keys()];
  }

  /** Where the instances of a definition are kept. Undefined: it is not served. */
  async storeOf(name: string): Promise<ResourceStore | undefined> {
    const serving = this.#serving.get(name);
    return serving && (await this.#load(serving)).store;
  }

  async close(): Promise<void> {
    for (const serving of this.#serving.values()) this.#retire(serving);
    this.#serving.clear();
    await Promise.all([...this.#retiring].map((close) => close()));
  }

  #load(serving: Serving): Promise<ServedDefinition> {
    const { storage, etcdPrefix, cacherOptions } = this.#options;
    serving.served ??= (async () => {
      const { serveDefinition } = await import('./served-definition.js');
      const makeRules = hasRules(serving.crd.spec) ? (await import('@apiserver-kit/cel')).schemaRules : undefined;
      return serveDefinition(serving.crd, { storage, etcdPrefix, cacherOptions, isTerminating: () => isTerminating(serving.crd), makeRules });
    })();
    return serving.served;
  }

  /** Puts into the registry what is served, and takes out what no longer is. What is there without us, such as built-in resources, stays. */
  #register(serving: Serving): void {
    const { registry } = this.#options;
    const { crd } = serving;
    const resources = crd.spec.versions
      .filter(({ served }) => served)
      .map((version) => ({
        description: discoverVersion(crd, version),
        subresources: discoverSubresources(version),
        load: () => this.#load(serving).then((definition) => definition.resource(version.name)),
      }))
      .filter(({ description: { group, version, resource } }) => registry.describe(group, version, resource)?.description.family !== 'builtin');
    const kept = new Set(resources.map(({ description }) => description.version));
    const gone = serving.registered.filter(({ description }) => !kept.has(description.version));
    serving.registered = resources;
    if (gone.length > 0) registry.remove(...gone.map(({ description }) => description));
    if (resources.length > 0) registry.add(...resources);
  }

  /** Closes what is no longer served, once requests that still use it have had their time. Watches end then, and their clients come again. */
  #retire({ served }: Serving): void {
    if (!served) return;
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> =>
      (closing ??= served
        .then(
          ({ store }) => store.close(),
          // What could not be loaded has nothing to close.
          () => {},
        )
        .finally(() => this.#retiring.delete(close)));
    this.#retiring.add(close);
    this.#options.clock.after(retireAfterMs, () => void close());
  }
}
