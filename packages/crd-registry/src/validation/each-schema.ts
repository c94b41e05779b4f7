/** Walking all nodes of a schema that may not be structural. */
import type { JSONSchemaProps } from '@apiserver-kit/schema';

/** Whether the claim holds of the schema or of one below it. */
export function someSchema(schema: JSONSchemaProps | null | undefined, claim: (schema: JSONSchemaProps) => boolean): boolean {
  if (schema == null) return false;
  if (claim(schema)) return true;
  const { items, allOf, anyOf, oneOf, not, properties, additionalProperties, patternProperties, additionalItems, definitions, dependencies } = schema;
  const below = [
    ...(Array.isArray(items) ? items : [items]),
    ...(allOf ?? []),
    ...(anyOf ?? []),
    ...(oneOf ?? []),
    not,
    ...Object.values(properties ?? {}),
    ...Object.values(patternProperties ?? {}),
    ...Object.values(definitions ?? {}),
    ...Object.values(dependencies ?? {}).filter((value): value is JSONSchemaProps => !Array.isArray(value)),
    typeof additionalProperties === 'object' ? additionalProperties : undefined,
    typeof additionalItems === 'object' ? additionalItems : undefined,
  ];
  return below.some((child) => someSchema(child, claim));
}

const types = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string']);
/** The types that OpenAPI knows. */
export const openAPITypes: readonly string[] = [...types];

export const hasUnknownTypes = (schema: JSONSchemaProps | null | undefined): boolean => someSchema(schema, ({ type }) => !!type && !types.has(type));

export const hasDefaults = (schema: JSONSchemaProps | null | undefined): boolean => someSchema(schema, (node) => node.default != null);
