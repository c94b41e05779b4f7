/** What several registries serve, seen as one: groups, versions and resources in the order of discovery. */
import { compareApiVersions } from '@apiserver-kit/machinery';
import type { ApiGroup, ApiGroupVersion, ApiRegistry, RegisteredResource, VersionOrder } from '../api-registry.js';
import { groupPriority } from './group-order.js';
import { noRemoteGroups, type RemoteGroupVersion, type RemoteGroups } from './remote-groups.js';

/** The preferred version first. */
export const preferredFirst: VersionOrder = (a, b) => compareApiVersions(b, a);

type Resources = Map<string, RegisteredResource>;

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** All groups of all registries, and of others. Where two registries have the same resource, the first one's stands. */
export function servedGroups(registries: readonly ApiRegistry[], versionOrder: VersionOrder, remotes: RemoteGroups = noRemoteGroups): readonly ApiGroup[] {
  const groups = localGroups(registries);
  for (const remote of remotes.groupVersions()) {
    const versions = groups.get(remote.group) ?? new Map<string, ApiGroupVersion>();
    groups.set(remote.group, versions.set(remote.version, remoteVersion(remote)));
  }
  const versionsOf = (group: string, versions: ReadonlyMap<string, ApiGroupVersion>) => {
    const prioritized = [...versions].map(([version, of]) => ({ of, version, priority: remotes.priority({ group, version }) }));
    return prioritized.sort((a, b) => (b.priority?.version ?? 0) - (a.priority?.version ?? 0) || versionOrder(a.version, b.version));
  };
  return [...groups]
    .map(([name, all]) => {
      const versions = versionsOf(name, all);
      const priority = Math.max(...versions.map((version) => version.priority?.group ?? groupPriority(name)));
      return { name, priority, versions: versions.map(({ of }) => of) };
    })
    .sort((a, b) => b.priority - a.priority || byName(a.name, b.name))
    .map(({ name, versions }) => ({ name, versions }));
}

function localGroups(registries: readonly ApiRegistry[]): Map<string, Map<string, ApiGroupVersion>> {
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
  return new Map(
    [...groups].map(([name, versions]) => [name, new Map([...versions].map(([version, resources]) => [version, groupVersion(name, version, resources)]))]),
  );
}

const remoteVersion = (remote: RemoteGroupVersion): ApiGroupVersion => ({ group: remote.group, version: remote.version, resources: [], remote });

const groupVersion = (group: string, version: string, resources: Resources): ApiGroupVersion => ({
  group,
  version,
  resources: [...resources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, registered]) => registered),
});

/** Gives what `make` made of the registries as they are now: made anew at the first call after a change, not before. */
export function perGeneration<T>(registries: readonly Pick<ApiRegistry, 'generation'>[], make: () => T): () => T {
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
