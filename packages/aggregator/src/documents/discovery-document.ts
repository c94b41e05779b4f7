/** What a server says of a group version, in the form of aggregated discovery (kube-aggregator/pkg/apiserver/handler_discovery.go). */
import { apiVersionOf, type GroupVersion, isRecord, parseJson } from '@apiserver-kit/machinery';

/** apidiscovery.k8s.io APIResourceDiscovery. */
export type ResourceDiscovery = Readonly<Record<string, unknown>>;

export const aggregatedAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);

/** Whether a content type is that of an APIGroupDiscoveryList. */
export function isAggregated(contentType = ''): boolean {
  const parameters = contentType.split(';').map((part) => part.trim());
  return ['g=apidiscovery.k8s.io', 'v=v2', 'as=APIGroupDiscoveryList'].every((parameter) => parameters.includes(parameter));
}

const noKind = { group: '', version: '', kind: '' };
/** Older clients of the reference fall over resources without a kind. */
const withKind = (resource: Record<string, unknown>): ResourceDiscovery => ({ ...resource, responseKind: resource.responseKind ?? noKind });

/** The resources of a group version in an APIGroupDiscoveryList; none where it is not in there. @throws Error for what is no such list. */
export function resourcesOfAggregated(body: Buffer, { group, version }: GroupVersion): readonly ResourceDiscovery[] {
  const list: unknown = parseJson(body.toString('utf8'));
  if (!isRecord(list) || list.kind !== 'APIGroupDiscoveryList') throw new Error('the answer is no APIGroupDiscoveryList');
  const of = listOf(list.items).find(({ metadata }) => (isRecord(metadata) ? (metadata.name ?? '') : '') === group);
  const versions = listOf(of?.versions).find((one) => one.version === version);
  return listOf(versions?.resources).map((resource) => {
    const subresources = listOf(resource.subresources).map(withKind);
    return withKind(subresources.length > 0 ? { ...resource, subresources } : resource);
  });
}

/** Those of an APIResourceList, which servers without aggregated discovery have. @throws Error for what is no such list, or that of others. */
export function resourcesOfLegacy(body: Buffer, groupVersion: GroupVersion): readonly ResourceDiscovery[] {
  const list: unknown = parseJson(body.toString('utf8'));
  if (!isRecord(list) || list.kind !== 'APIResourceList') throw new Error('the answer is no APIResourceList');
  if (list.groupVersion !== apiVersionOf(groupVersion)) throw new Error(`the answer is the APIResourceList of ${JSON.stringify(list.groupVersion)}`);
  const resources = new Map<string, Record<string, unknown> & { subresources?: unknown[] }>();
  for (const row of listOf(list.resources)) {
    const [name = '', subresource] = String(row.name ?? '').split('/', 2);
    const { group = '', version = '', kind = '' } = row;
    const responseKind = { group, version, kind };
    const verbs = row.verbs ?? [];
    const known = resources.get(name) ?? { resource: name, scope: scopeOf(row) };
    resources.set(name, known);
    if (subresource !== undefined) known.subresources = [...(known.subresources ?? []), { subresource, responseKind, verbs }];
    else Object.assign(known, { responseKind, scope: scopeOf(row), singularResource: row.singularName ?? '', verbs }, namesOf(row));
  }
  return [...resources.values()].map(withKind);
}

const scopeOf = ({ namespaced }: Record<string, unknown>): string => (namespaced ? 'Namespaced' : 'Cluster');

const namesOf = ({ shortNames, categories }: Record<string, unknown>): Record<string, unknown> => ({
  ...(Array.isArray(shortNames) && shortNames.length > 0 && { shortNames }),
  ...(Array.isArray(categories) && categories.length > 0 && { categories }),
});
