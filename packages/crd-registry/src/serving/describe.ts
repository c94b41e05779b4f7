/** What discovery says of a definition's versions. Light: it is made of each definition when the server starts. */
import type { ResourceDescription, SubresourceDescription } from '@apiserver-kit/rest';
import { storageVersionHash } from '../storage-version-hash.js';
import {
  type CustomResourceDefinition,
  type CustomResourceDefinitionSpec,
  type CustomResourceDefinitionVersion,
  isConditionTrue,
} from '../validation/custom-resource-definition.js';

// In the order in which the reference's discovery names them.
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
/** Of a definition that goes, objects are no longer made or changed. */
const terminatingVerbs = ['delete', 'deletecollection', 'get', 'list', 'watch'];
export const subresourceVerbs = ['get', 'patch', 'update'];

export const isNamespaced = ({ scope }: CustomResourceDefinitionSpec): boolean => scope === 'Namespaced';

/** @throws Error where a definition has no storage version, which validation rules out. */
export function storageVersionOf({ versions }: CustomResourceDefinitionSpec): string {
  const storage = versions.find((version) => version.storage);
  if (!storage) throw new Error('a definition must have a storage version');
  return storage.name;
}

function hashOf({ group, versions, names: { kind } }: CustomResourceDefinitionSpec): string | undefined {
  const storage = versions.find((version) => version.storage && version.served);
  return storage && storageVersionHash({ group, version: storage.name, kind });
}

/** A version as it is served: all verbs are answered, whatever discovery says. */
export function describeVersion({ spec, status }: CustomResourceDefinition, { name }: CustomResourceDefinitionVersion): ResourceDescription {
  const names = { ...spec.names, ...status?.acceptedNames };
  const hash = hashOf(spec);
  return {
    group: spec.group,
    version: name,
    resource: names.plural,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    singularName: names.singular ?? '',
    namespaced: isNamespaced(spec),
    shortNames: status?.acceptedNames?.shortNames ?? [],
    categories: status?.acceptedNames?.categories ?? [],
    verbs,
    ...(hash === undefined ? {} : { storageVersionHash: hash }),
    family: 'custom',
  };
}

/** A version as discovery shows it. */
export const discoverVersion = (crd: CustomResourceDefinition, version: CustomResourceDefinitionVersion): ResourceDescription => ({
  ...describeVersion(crd, version),
  verbs: isConditionTrue(crd, 'Terminating') ? terminatingVerbs : verbs,
});

/** The subresources of a version as discovery shows them. */
export const discoverSubresources = ({ subresources }: CustomResourceDefinitionVersion): Record<string, SubresourceDescription> => ({
  ...(subresources?.status != null && { status: { verbs: subresourceVerbs } }),
  ...(subresources?.scale != null && { scale: { verbs: subresourceVerbs, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } } }),
});
