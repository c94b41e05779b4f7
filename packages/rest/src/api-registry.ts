/** Which resources a server serves: for routing and for discovery. */
import type { MaybePromise } from '@apiserver-kit/storage';
import type { RemoteGroupVersion } from './discovery/remote-groups.js';
import { isStored, type ResourceDescription, type ServedResource, type Subresource } from './served-resource.js';
import type { ResourceStore } from './store/resource-store.js';

/** What discovery says of a subresource. */
export type SubresourceDescription = Pick<Subresource, 'verbs' | 'kind'>;

/** A resource as discovery shows it, and how to come by the rest of it when the first request asks. */
export interface RegisteredResource {
  readonly description: ResourceDescription;
  readonly subresources: Readonly<Record<string, SubresourceDescription>>;
  /** Where its objects are, without loading the rest; undefined for resources that are not stored. */
  readonly store?: (() => ResourceStore) | undefined;
  /** Called at the first request, once. A promise where code has to be loaded. */
  load(): MaybePromise<ServedResource>;
}

/** A resource that is there already, as an entry of the registry. */
export const loaded = (resource: ServedResource): RegisteredResource => ({
  description: resource,
  subresources: 'subresources' in resource ? resource.subresources : {},
  store: isStored(resource) ? () => resource.store : undefined,
  load: () => resource,
});

interface Slot {
  readonly registered: RegisteredResource;
  resource: MaybePromise<ServedResource> | undefined;
}

/** The resources of one version of one group, by plural name. */
export interface ApiGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly RegisteredResource[];
  /** Set where another server has them: there are no resources here. */
  readonly remote?: RemoteGroupVersion;
}

export interface ApiGroup {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly ApiGroupVersion[];
}

/** Gives the order of versions within a group: a sort function over version names. */
export type VersionOrder = (a: string, b: string) => number;

const keyOf = (group: string, version: string, resource: string): string => `${group}/${version}/${resource}`;

/** A set of resources that changes while it serves. */
export class ApiRegistry {
  readonly #slots = new Map<string, Slot>();
  readonly #listeners = new Set<() => void>();
  #groups: readonly ApiGroup[] | undefined = undefined;
  #generation = 0;

  constructor(private readonly versionOrder: VersionOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0)) {}

  /** Raised with each change: what was derived from an older one is stale. */
  get generation(): number {
    return this.#generation;
  }

  /** Adds resources, or replaces those that are there under the same group, version and name. */
  add(...resources: readonly RegisteredResource[]): void {
    for (const registered of resources) {
      const { group, version, resource } = registered.description;
      this.#slots.set(keyOf(group, version, resource), { registered, resource: undefined });
    }
    this.#changed();
  }

  /** Takes resources away. Those that are not there are no mistake. */
  remove(...resources: readonly { readonly group: string; readonly version: string; readonly resource: string }[]): void {
    for (const { group, version, resource } of resources) this.#slots.delete(keyOf(group, version, resource));
    this.#changed();
  }

  /** What a path leads to; a promise the first time, where its code has to be loaded. */
  find(group: string, version: string, resource: string): MaybePromise<ServedResource> | undefined {
    const slot = this.#slots.get(keyOf(group, version, resource));
    if (!slot) return undefined;
    if (slot.resource !== undefined) return slot.resource;
    const found = slot.registered.load();
    slot.resource = found;
    if (found instanceof Promise) {
      found.then(
        (resource) => {
          slot.resource = resource;
        },
        () => {
          // The next request tries again.
          slot.resource = undefined;
        },
      );
    }
    return found;
  }

  /** What discovery says of a resource, without loading it. */
  describe(group: string, version: string, resource: string): RegisteredResource | undefined {
    return this.#slots.get(keyOf(group, version, resource))?.registered;
  }

  /** All groups with their versions, in the order in which they came, and resources, by name. Shared: never write to it. */
  groups(): readonly ApiGroup[] {
    return (this.#groups ??= this.#group());
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.groups().some(({ name, versions }) => name === group && versions.some((v) => v.version === version));
  }

  /** Calls back after each change. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    this.#groups = undefined;
    this.#generation += 1;
    for (const listener of this.#listeners) listener();
  }

  #group(): readonly ApiGroup[] {
    const groups = new Map<string, Map<string, RegisteredResource[]>>();
    for (const { registered } of this.#slots.values()) {
      const { group, version } = registered.description;
      const versions = groups.get(group) ?? new Map<string, RegisteredResource[]>();
      groups.set(group, versions);
      const resources = versions.get(version);
      if (resources) resources.push(registered);
      else versions.set(version, [registered]);
    }
    return [...groups].map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => this.versionOrder(a, b))
        .map(([version, resources]) => ({
          group: name,
          version,
          resources: resources.sort((a, b) => (a.description.resource < b.description.resource ? -1 : 1)),
        })),
    }));
  }
}
