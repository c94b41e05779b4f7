/** The schemas of the built-in kinds, for the OpenAPI documents of a server. Paths are made from the resources that are served. */
import { apiVersionOf, parseApiVersion } from '@apiserver-kit/machinery';
import { type BuiltinResource, builtinResources } from '../resources.js';
import { typeOf } from '../types/type-data.js';
import { listDescription, listFieldDescriptions } from './descriptions.js';
import { metaSchemas } from './meta-schemas.js';
import { type Dialect, type GroupVersionKindExtension, metaName, type OpenApiSchema, refProperty, refsIn, refTo, schemaName } from './schema.js';
import { typeSchema } from './type-schemas.js';

/** Kinds that are not resources of their own but stand in requests and answers. */
const otherKinds: readonly GroupVersionKindExtension[] = [
  { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' },
  ...['LocalSubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'].map((kind) => ({
    group: 'authorization.k8s.io',
    version: 'v1',
    kind,
  })),
];

/** Parameters and answers of requests for resources. */
const resourceTypes = ['DeleteOptions', 'ListMeta', 'Patch', 'Status', 'WatchEvent'].map(metaName);
/** Of these, the ones that each group-version has as a kind of its own. */
const kindsOfEveryGroup = new Set(['DeleteOptions', 'WatchEvent']);

const prefix = 'io.k8s.';
const apiPrefix = 'io.k8s.api.';
/** The type in the data for a schema name: the inverse of {@link schemaName}. */
const typeNameOf = (name: string): string => (name.startsWith(apiPrefix) ? name.slice(apiPrefix.length) : name.slice(prefix.length));

const kindOf = ({ group, version, kind }: GroupVersionKindExtension): GroupVersionKindExtension => ({ group, version, kind });

function listSchema({ kind }: BuiltinResource, item: string, dialect: Dialect): OpenApiSchema {
  const { apiVersion, items, kind: kindText, metadata } = listFieldDescriptions;
  return {
    description: listDescription(kind),
    type: 'object',
    properties: {
      apiVersion: { description: apiVersion, type: 'string' },
      items: { description: items, type: 'array', items: refTo(item, dialect) },
      kind: { description: kindText, type: 'string' },
      metadata: { ...refProperty(metaName('ListMeta'), dialect, { description: metadata, ...(dialect === 'v3' ? { default: {} } : {}) }) },
    },
    required: ['items'],
  };
}

/** The kinds that schemas stand for, by schema name. */
type Kinds = Map<string, GroupVersionKindExtension[]>;

/** The schemas of these resources and kinds and all that they refer to, in the order of their names. */
function collect(resources: readonly BuiltinResource[], others: readonly GroupVersionKindExtension[], dialect: Dialect): Record<string, OpenApiSchema> {
  const schemas = new Map<string, OpenApiSchema>();
  const kinds: Kinds = new Map();
  const isShared = resources.length === 0 && others.length === 0;
  const wanted = new Set([
    metaName('APIResourceList'),
    ...(resources.length > 0 || isShared ? resourceTypes : []),
    ...(isShared ? [metaName('ObjectMeta')] : []),
  ]);
  for (const resource of resources) {
    const name = schemaName(typeOf(resource)!);
    kinds.set(`${name}List`, [{ ...kindOf(resource), kind: resource.listKind }]);
    schemas.set(`${name}List`, listSchema(resource, name, dialect));
    wanted.add(name);
    for (const { kind } of resource.subresources) if (kind) wanted.add(schemaName(typeOf(kind)!));
  }
  for (const kind of [...builtinResources, ...otherKinds]) kinds.set(schemaName(typeOf(kind)!), [kindOf(kind)]);
  for (const other of others) wanted.add(schemaName(typeOf(other)!));
  const groupVersions = [...new Set(['v1', ...[...resources, ...others].map(apiVersionOf)])].map((text) => parseApiVersion(text)!);
  for (const kind of kindsOfEveryGroup)
    kinds.set(
      metaName(kind),
      groupVersions.map((groupVersion) => ({ ...groupVersion, kind })),
    );
  kinds.set(metaName('Status'), [{ group: '', version: 'v1', kind: 'Status' }]);
  kinds.set(metaName('APIResourceList'), [{ group: '', version: 'v1', kind: 'APIResourceList' }]);

  for (const name of wanted) {
    const schema = metaSchemas[name]?.(dialect) ?? typeSchema(typeNameOf(name), dialect);
    schemas.set(name, schema);
    for (const ref of refsIn(schema)) wanted.add(ref); // A set gives what is added to it on the way too.
  }
  return Object.fromEntries(
    [...schemas]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, schema]) => [name, kinds.has(name) ? { ...schema, 'x-kubernetes-group-version-kind': kinds.get(name)! } : schema]),
  );
}

const inGroupVersion = (groupVersion: string) => (of: GroupVersionKindExtension) => apiVersionOf(of) === groupVersion;

/**
 * The component schemas of a group-version's OpenAPI v3 document, with all that they refer to, by name.
 * @param groupVersion such as `v1` or `apps/v1`. One without built-in kinds gets the schemas that all groups share.
 */
export const openapiV3Schemas = (groupVersion: string): Record<string, OpenApiSchema> =>
  collect(builtinResources.filter(inGroupVersion(groupVersion)), otherKinds.filter(inGroupVersion(groupVersion)), 'v3');

/** The definitions of the OpenAPI v2 document: the built-in kinds of all groups, with all that they refer to, by name. */
export const openapiV2Definitions = (): Record<string, OpenApiSchema> => collect(builtinResources, otherKinds, 'v2');
