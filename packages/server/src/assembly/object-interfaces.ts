/** What admission has to know of the resources of a server: in which versions they are served, and how to get from one to another. */
import type { ObjectInterfaces } from '@apiserver-kit/admission';
import { builtinResources } from '@apiserver-kit/builtin';
import { cloneJson, type GroupVersionKind, type GroupVersionResource, type KubeObject, parseApiVersion } from '@apiserver-kit/machinery';
import { type ApiRegistry, isStored, type RegisteredResource, type StoredResource } from '@apiserver-kit/rest';
import { Entry } from '@apiserver-kit/watch-cache';

interface Known {
  readonly registered: RegisteredResource;
  /** Empty for the resource's own kind. */
  readonly subresource: string;
}

const keyOf = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

/** Built-in resources that are the same objects under another group. */
const twins: readonly (readonly [GroupVersionResource, GroupVersionResource])[] = builtinResources.flatMap(({ group, version, plural, storedAs }) =>
  storedAs
    ? [
        [
          { ...storedAs, resource: plural },
          { group, version, resource: plural },
        ] as const,
      ]
    : [],
);

const isSame = (a: GroupVersionResource, b: GroupVersionResource): boolean => a.group === b.group && a.version === b.version && a.resource === b.resource;

/** Everything by kind, as long as nothing is added or taken away. */
function kindIndex(registry: ApiRegistry): () => ReadonlyMap<string, Known> {
  let generation = -1;
  let kinds = new Map<string, Known>();
  return () => {
    if (generation === registry.generation) return kinds;
    kinds = new Map();
    generation = registry.generation;
    const all = registry.groups().flatMap(({ versions }) => versions.flatMap(({ resources }) => resources));
    for (const registered of all) {
      for (const [subresource, { kind }] of Object.entries(registered.subresources)) if (kind) kinds.set(keyOf(kind), { registered, subresource });
      kinds.set(keyOf(registered.description), { registered, subresource: '' });
    }
    return kinds;
  };
}

/** The versions of what a registry serves. */
export function objectInterfaces(registry: ApiRegistry): ObjectInterfaces {
  const kinds = kindIndex(registry);

  const load = async (gvk: GroupVersionKind): Promise<readonly [StoredResource, string] | undefined> => {
    const known = kinds().get(keyOf(gvk));
    if (!known) return undefined;
    const { group, version, resource } = known.registered.description;
    const found = await registry.find(group, version, resource);
    return found && isStored(found) ? [found, known.subresource] : undefined;
  };

  return {
    equivalentResources(resource) {
      const twin = twins.find((pair) => pair.some((one) => isSame(one, resource)));
      if (twin) return twin;
      const group = registry.groups().find(({ name }) => name === resource.group);
      return (group?.versions ?? [])
        .filter(({ resources }) => resources.some(({ description }) => description.resource === resource.resource))
        .map(({ version }) => ({ ...resource, version }));
    },
    kindOf({ group, version, resource }, subresource) {
      const registered = registry.describe(group, version, resource);
      return (subresource !== '' && registered?.subresources[subresource]?.kind) || registered?.description;
    },
    async convert(object, to) {
      const from = { ...parseApiVersion(object.apiVersion)!, kind: object.kind };
      const [source, target] = [await load(from), await load(to)];
      if (!source || !target || source[1] !== '' || target[1] !== '') throw new Error(`${keyOf(from)} cannot be converted to ${keyOf(to)}`);
      return throughStorage(object, source[0], target[0]);
    },
    async complete(object, kind) {
      const found = await load(kind);
      if (!found) return object;
      const [resource, subresource] = found;
      const decode = subresource === '' ? resource.codec.decode : resource.subresources[subresource]?.projection?.decode;
      try {
        return decode?.(object, {}) ?? object;
      } catch (error) {
        // Clients are told that their body does not fit; here it is nobody's body.
        throw (error as Error).cause ?? error;
      }
    },
    async apply(object, configuration, kind) {
      const [resource, subresource] = (await load(kind)) ?? [];
      const manager = subresource === '' ? resource!.fieldManager : undefined;
      if (!manager) throw new Error(`there is no schema of ${keyOf(kind)}`);
      const { metadata, ...merged } = await manager.apply(object, configuration, policyManager, { force: true, nowMs: 0 });
      const { managedFields: _, ...rest } = metadata;
      const { managedFields } = object.metadata;
      return { ...merged, metadata: { ...rest, ...(managedFields && { managedFields }) } } as KubeObject;
    },
  };
}

/** Who the fields belong to that a policy sets: nobody remembers. */
const policyManager = 'admission-policy';

/** What one version writes, the other reads. */
function throughStorage(object: KubeObject, { codec, store }: StoredResource, target: StoredResource): KubeObject {
  const { resourceVersion, ...metadata } = object.metadata;
  const stored = store.print(codec.toStored(cloneJson({ ...object, metadata })));
  const shown = cloneJson(target.codec.object(new Entry(store.key(metadata.namespace ?? '', metadata.name ?? ''), 0, stored, undefined)));
  if (resourceVersion === undefined) delete shown.metadata.resourceVersion;
  else shown.metadata.resourceVersion = resourceVersion;
  return shown;
}
