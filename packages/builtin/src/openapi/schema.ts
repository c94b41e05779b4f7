/** OpenAPI schemas of types, in the dialects of the two documents a server gives. */

/** A schema, as far as the built-in types need one. */
export interface OpenApiSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema;
  readonly allOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKindExtension[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
}

export interface GroupVersionKindExtension {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** `v2`: Swagger's definitions. `v3`: OpenAPI 3's components. */
export type Dialect = 'v2' | 'v3';

const refPrefix: Record<Dialect, string> = { v2: '#/definitions/', v3: '#/components/schemas/' };

/** A bare reference. */
export const refTo = (name: string, dialect: Dialect): OpenApiSchema => ({ $ref: refPrefix[dialect] + name });

/** A reference as a property: OpenAPI 3 allows nothing beside `$ref`, so there it is wrapped. */
export function refProperty(name: string, dialect: Dialect, beside: OpenApiSchema): OpenApiSchema {
  const ref = refTo(name, dialect);
  return dialect === 'v2' ? { ...ref, ...beside } : { allOf: [ref], ...beside };
}

const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
/** The schema name of a type of meta/v1: `metaName('ObjectMeta')`. */
export const metaName = (type: string): string => metaPrefix + type;

/** The name that the reference's documents have for a type of the data: `io.k8s.api.core.v1.Pod` for `core.v1.Pod`. */
export const schemaName = (typeName: string): string => (typeName.startsWith('apimachinery.') ? `io.k8s.${typeName}` : `io.k8s.api.${typeName}`);

/** The schemas that a schema refers to, by name. */
export function refsIn(schema: OpenApiSchema, found: Set<string> = new Set()): Set<string> {
  if (schema.$ref !== undefined) found.add(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
  for (const part of [schema.items, schema.additionalProperties, ...(schema.allOf ?? []), ...Object.values(schema.properties ?? {})])
    if (part) refsIn(part, found);
  return found;
}
