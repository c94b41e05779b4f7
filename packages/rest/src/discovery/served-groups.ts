/** What several registries serve, seen as one: groups, versions and resources in the order of discovery. */
import { compareApiVersions } from '@apiserver-kit/machinery';
import type { ApiGroup, ApiGroupVersion, ApiRegistry, RegisteredResource, VersionOrder } from '../api-registry.js';
import { compareGroups } from './group-order.js';

/** The preferred version first. */
export const preferredFirst: VersionOrder = (a, b) => compareApiVersions(b, a);

type Resources = Map<string, RegisteredResource>;

/** All groups of all registries. Where two have the same resource, the first registry's stands. */
export function servedGroups(registries: readonly ApiRegistry[], versionOrder: VersionOrder): readonly ApiGroup[] {
  const groups = new Map<string, Map<string, Resources>>();
  const at = <V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> => {
    const found = map.get(key) ?? new Map<string, V>();
    map.set(key, found);
    return found;
  };
  for (const registry of registries) {
    for (const { name, versions } of registry.groups()) {
      for (const { version, resources } of versions) {
        const known = at(at(groups, name), version);
        for (const registered of resources) {
          const { resource } = registered.description;
          if (!known.has(resource)) known.set(resource, registered);
        }
      }
    }
  }
  return [...groups]
    .sort(([a], [b]) => compareGroups(a, b))
    .map(([name, versions]) => ({
      name,
      versions: [...versions].sort(([a], [b]) => versionOrder(a, b)).map(([version, resources]) => groupVersion(name, version, resources)),
    }));
}

const groupVersion = (group: string, version: string, resources: Resources): ApiGroupVersion => ({
  group,
  version,
  resources: [...resources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, registered]) => registered),
});

/** Gives what `make` made of the registries as they are now: made anew at the first call after a change, not before. */
export function perGeneration<T>(registries: readonly ApiRegistry[], make: () => T): () => T {
  let made: { readonly value: T; readonly generations: readonly number[] } | undefined;
  const isStale = (generations: readonly number[]): boolean => {
    if (generations.length !== registries.length) return true;
    for (let at = 0; at < generations.length; at++) if (registries[at]!.generation !== generations[at]) return true;
    return false;
  };
  return () => {
    if (made === undefined || isStale(made.generations)) {
      const generations = registries.map(({ generation }) => generation);
      made = { value: make(), generations };
    }
    return made.value;
  };
}
