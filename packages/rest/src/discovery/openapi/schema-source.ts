/** Where the schemas of OpenAPI documents come from, and which schema is that of a kind. */
import type { GroupVersion, GroupVersionKind } from '@apiserver-kit/machinery';
import type { MaybePromise } from '@apiserver-kit/storage';
import type { Model } from './operations.js';

/** Schema objects by name: `components.schemas` of v3, `definitions` of v2. Those of kinds say so in `x-kubernetes-group-version-kind`. */
export type SchemaMap = Readonly<Record<string, unknown>>;

/** Gives schemas when a document is asked for. Those of several sources are merged; an earlier source's stand. */
export interface SchemaSource {
  /**
   * The schemas of a group version's kinds, and all that they refer to; none, where it has none of them. May give others only after the registered
   * resources of that group version have been replaced.
   */
  v3(groupVersion: GroupVersion): MaybePromise<SchemaMap>;
  /** Those of all group versions. */
  v2(): MaybePromise<SchemaMap>;
}

/** All schemas of all sources, in the order of their names. */
export async function mergedSchemas(sources: readonly SchemaSource[], from: (source: SchemaSource) => MaybePromise<SchemaMap>): Promise<SchemaMap> {
  const maps = await Promise.all(sources.map(from));
  const merged = Object.assign({}, ...maps.reverse()) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const kindKey = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

/** Says how the schema of a model is referred to. One that no source has is any object. */
export type Reference = (model: Model) => object;

export function references(schemas: SchemaMap, prefix: '#/components/schemas/' | '#/definitions/'): Reference {
  const names = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    const kinds = (schema as { 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[] })['x-kubernetes-group-version-kind'];
    for (const kind of kinds ?? []) names.set(kindKey(kind), name);
  }
  return (model) => {
    const name = typeof model === 'string' ? `${metaPrefix}${model}` : names.get(kindKey(model));
    return name !== undefined && name in schemas ? { $ref: `${prefix}${name}` } : { type: 'object' };
  };
}
