/** Where the garbage collector finds objects: the resources of a registry, by what references say of them. */
import { apiVersionOf, type KubeObject, parseApiVersion } from '@apiserver-kit/machinery';
import { type ApiRegistry, isStored, type RegisteredResource, type ResourceDescription, type ResourceStore } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';

/** A resource whose objects may own, or be owned. */
export interface Kind {
  readonly resource: ResourceDescription;
  readonly store: ResourceStore;
}

/** Where an object is. */
export interface Place extends Kind {
  readonly namespace: string;
  readonly name: string;
  /** In storage. */
  readonly key: string;
}

/** The place of an entry of a cache. */
export const placeOf = ({ resource, store }: Kind, { key, namespace, name }: Entry): Place => ({ resource, store, namespace, name, key });

/** The newest version of what is at a place. */
export const read = async ({ store, namespace, name }: Place): Promise<KubeObject | undefined> => (await store.get(namespace, name))?.object();

/** A resource with its store, without loading more than that takes. Undefined: its objects are not stored. */
export async function kindOf(registry: ApiRegistry, { description, store }: RegisteredResource): Promise<Kind | undefined> {
  if (store) return { resource: description, store: store() };
  const { group, version, resource } = description;
  const found = await registry.find(group, version, resource);
  return found && isStored(found) ? { resource: description, store: found.store } : undefined;
}

const followed = ['delete', 'list', 'watch'];

/** Events, of which there are many, neither own nor are owned. */
const isIgnored = ({ group, resource }: ResourceDescription): boolean => resource === 'events' && (group === '' || group === 'events.k8s.io');

/** The resources whose objects can be collected: of each the version that its group prefers. */
export function collectedResources(registry: ApiRegistry): RegisteredResource[] {
  return registry.groups().flatMap(({ versions }) => {
    const byName = new Map<string, RegisteredResource>();
    for (const { resources } of versions) {
      for (const registered of resources) {
        const { description } = registered;
        if (isIgnored(description) || byName.has(description.resource) || !followed.every((verb) => description.verbs.includes(verb))) continue;
        byName.set(description.resource, registered);
      }
    }
    return [...byName.values()];
  });
}

/** The resource of a kind, in the version that a reference names. */
export function resourceOfKind(registry: ApiRegistry, apiVersion: string, kind: string): RegisteredResource | undefined {
  const gv = parseApiVersion(apiVersion);
  if (!gv) return undefined;
  const group = registry.groups().find(({ name }) => name === gv.group);
  const version = group?.versions.find((served) => apiVersionOf(served) === apiVersion);
  return version?.resources.find(({ description }) => description.kind === kind);
}
