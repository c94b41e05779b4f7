/** All of discovery in one document: apidiscovery.k8s.io (KEP-3352). */
import type { GroupVersionKind } from '@apiserver-kit/machinery';
import type { ApiGroup, ApiGroupVersion, RegisteredResource } from '../api-registry.js';
import { listedSubresources, listedVerbs } from './resource-rows.js';

/** Both versions have the same fields. */
export type AggregatedVersion = 'v2' | 'v2beta1';

/** An APIGroupDiscoveryList of some groups. */
export const apiGroupDiscoveryList = (groups: readonly ApiGroup[], version: AggregatedVersion): unknown => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: groups.map(({ name, versions }) => ({ metadata: name === '' ? {} : { name }, versions: versions.map(versionOf) })),
});

const versionOf = ({ version, resources, remote }: ApiGroupVersion): unknown =>
  remote
    ? { version, ...(remote.resources.length > 0 && { resources: remote.resources }), freshness: remote.freshness }
    : { version, resources: resources.map(resourceOf), freshness: 'Current' };

/** Of built-in kinds of the list's own group and version, the reference says the kind alone. */
function responseKind({ family, group, version, kind }: GroupVersionKind & { readonly family: string }): GroupVersionKind {
  return family === 'builtin' ? { group: '', version: '', kind } : { group, version, kind };
}

function resourceOf(registered: RegisteredResource): unknown {
  const { description } = registered;
  const subresources = listedSubresources(registered).map(([name, { verbs, kind }]) => ({
    subresource: name,
    responseKind: kind ? { group: kind.group, version: kind.version, kind: kind.kind } : responseKind(description),
    verbs: listedVerbs(description, verbs),
  }));
  return {
    resource: description.resource,
    responseKind: responseKind(description),
    scope: description.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: description.singularName,
    verbs: listedVerbs(description, description.verbs),
    ...(description.shortNames.length > 0 ? { shortNames: description.shortNames } : {}),
    ...(description.categories.length > 0 ? { categories: description.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
