/** How discovery describes resources and their subresources: the rows of an APIResourceList (k8s.io/apiserver/pkg/endpoints/installer.go). */
import type { RegisteredResource, SubresourceDescription } from '../api-registry.js';
import type { ResourceDescription } from '../served-resource.js';

/** metav1.APIResource, its fields in the reference's order. */
export interface ApiResourceRow {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  /** Only where the kind is not of the list's group and version. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

/** The reference lists the verbs of custom resources in this order, those of all others by name. */
const customVerbOrder = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** The verbs of a resource as discovery lists them. */
export function listedVerbs({ family }: ResourceDescription, verbs: readonly string[]): readonly string[] {
  if (family === 'builtin') return [...verbs].sort();
  return [...verbs].sort((a, b) => customVerbOrder.indexOf(a) - customVerbOrder.indexOf(b));
}

/** The subresources as discovery lists them: by name, or, for custom resources, status before scale. */
export function listedSubresources({ description, subresources }: RegisteredResource): readonly (readonly [string, SubresourceDescription])[] {
  const sign = description.family === 'builtin' ? 1 : -1;
  return Object.entries(subresources).sort(([a], [b]) => sign * (a < b ? -1 : 1));
}

const atLeastOne = <T>(values: readonly T[]): readonly T[] | undefined => (values.length > 0 ? values : undefined);

const resourceRow = (resource: ResourceDescription): ApiResourceRow => ({
  name: resource.resource,
  singularName: resource.singularName,
  namespaced: resource.namespaced,
  kind: resource.kind,
  verbs: listedVerbs(resource, resource.verbs),
  ...definedOf({
    shortNames: atLeastOne(resource.shortNames),
    categories: atLeastOne(resource.categories),
    storageVersionHash: resource.storageVersionHash,
  }),
});

const subresourceRow = (resource: ResourceDescription, name: string, { verbs, kind }: SubresourceDescription): ApiResourceRow => ({
  name: `${resource.resource}/${name}`,
  singularName: '',
  namespaced: resource.namespaced,
  ...(kind ? definedOf({ group: kind.group || undefined, version: kind.version }) : {}),
  kind: kind?.kind ?? resource.kind,
  verbs: listedVerbs(resource, verbs),
});

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const definedOf = <T extends object>(members: T): Defined<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;

/** A resource's row, and then those of its subresources. */
export const resourceRows = (registered: RegisteredResource): ApiResourceRow[] => [
  resourceRow(registered.description),
  ...listedSubresources(registered).map(([name, subresource]) => subresourceRow(registered.description, name, subresource)),
];
