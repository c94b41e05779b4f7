/** The parameters of policies: objects of any kind, out of the caches that serve them. */
import type { ParamReader } from '@apiserver-kit/admission/policies';
import { type KubeObject, parseApiVersion } from '@apiserver-kit/machinery';
import { type ApiRegistry, isStored, type ResourceDescription, type StoredResource } from '@apiserver-kit/rest';

type ParamKind = Parameters<ParamReader['isNamespaced']>[0];

function describe(registry: ApiRegistry, { apiVersion, kind }: ParamKind): ResourceDescription | undefined {
  const { group, version } = parseApiVersion(apiVersion) ?? {};
  const versions = registry.groups().find(({ name }) => name === group)?.versions;
  return versions?.find((one) => one.version === version)?.resources.find(({ description }) => description.kind === kind)?.description;
}

export function paramReader(registry: ApiRegistry): ParamReader {
  const load = async (kind: ParamKind): Promise<StoredResource | undefined> => {
    const description = describe(registry, kind);
    const found = description && (await registry.find(description.group, description.version, description.resource));
    return found && isStored(found) ? found : undefined;
  };
  return {
    isNamespaced: (kind) => describe(registry, kind)?.namespaced,
    async get(kind, namespace, name): Promise<KubeObject | undefined> {
      const resource = await load(kind);
      const entry = await resource?.store.get(namespace, name);
      return entry && resource!.codec.object(entry);
    },
    async list(kind, namespace): Promise<readonly KubeObject[]> {
      const resource = await load(kind);
      if (!resource) return [];
      const { cacher } = resource.store;
      await cacher.fresh();
      return cacher.list(namespace === '' ? {} : { namespace }).entries.map((entry) => resource.codec.object(entry));
    },
  };
}
