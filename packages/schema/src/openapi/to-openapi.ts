/** Structural schemas as OpenAPI documents have them (apiextensions-apiserver/pkg/apiserver/schema/kubeopenapi.go, pkg/controller/openapi/v2). */
import { isIntOrStringAllOf, isIntOrStringAnyOf } from '../structural/int-or-string.js';
import { type StructuralSchema, schemaWith } from '../structural/structural-schema.js';

/** A schema object of an OpenAPI document. */
export type OpenAPISchema = Record<string, unknown>;

const sameName = [
  'description',
  'type',
  'format',
  'title',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'enum',
  'maxProperties',
  'minProperties',
  'required',
] as const;
const junctors = ['allOf', 'oneOf', 'anyOf'] as const;
const unstructured = ['externalDocs', 'example', 'nullable'] as const;
const extensions = [
  ['embeddedResource', 'x-kubernetes-embedded-resource'],
  ['intOrString', 'x-kubernetes-int-or-string'],
  ['listMapKeys', 'x-kubernetes-list-map-keys'],
  ['listType', 'x-kubernetes-list-type'],
  ['mapType', 'x-kubernetes-map-type'],
  ['preserveUnknownFields', 'x-kubernetes-preserve-unknown-fields'],
  ['validations', 'x-kubernetes-validations'],
] as const;

/** The schema as OpenAPI v3 has it: nothing is lost. An int-or-string says so with `anyOf`, too. */
export const toOpenAPIv3 = (schema: StructuralSchema): OpenAPISchema => print(schema, unfold);

/** The schema as OpenAPI v2 has it, in the form that kubectl understands: without junctors and `nullable`, and untyped where v2 cannot say it. */
export const toOpenAPIv2 = (schema: StructuralSchema): OpenAPISchema => print(schema, simplify);

type Step = (schema: StructuralSchema) => StructuralSchema;
const asItIs: Step = (schema) => schema;

function print(written: StructuralSchema, step: Step): OpenAPISchema {
  const schema = step(written);
  const out: OpenAPISchema = {};
  for (const field of sameName) if (schema[field] !== undefined) out[field] = schema[field];
  if (schema.items) out.items = print(schema.items, step);
  // Under a junctor nothing is left to unfold.
  for (const junctor of junctors) if (schema[junctor]) out[junctor] = schema[junctor].map((clause) => print(clause, asItIs));
  if (schema.not) out.not = print(schema.not, asItIs);
  if (schema.properties) out.properties = Object.fromEntries([...schema.properties].map(([name, property]) => [name, print(property, step)]));
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined)
    out.additionalProperties = typeof additionalProperties === 'object' ? print(additionalProperties, step) : additionalProperties;
  for (const field of unstructured) if (schema[field] !== undefined) out[field] = schema[field];
  for (const [field, name] of extensions) if (schema[field] !== undefined) out[name] = schema[field];
  return out;
}

const intOrString = [schemaWith({ type: 'integer' }), schemaWith({ type: 'string' })];

/** Says of an int-or-string that it is one, in the words of OpenAPI. */
function unfold(schema: StructuralSchema): StructuralSchema {
  if (!schema.intOrString || isIntOrStringAnyOf(schema) || isIntOrStringAllOf(schema)) return schema;
  if (schema.anyOf === undefined) return { ...schema, anyOf: intOrString };
  return { ...schema, allOf: [schemaWith({ anyOf: intOrString }), ...(schema.allOf ?? [])] };
}

/** Takes away what OpenAPI v2 does not have, and what kubectl takes for more than it says. */
function simplify(schema: StructuralSchema): StructuralSchema {
  const isOpen = schema.nullable === true || schema.preserveUnknownFields === true;
  const items = isOpen ? undefined : schema.items;
  const properties = isOpen ? undefined : schema.properties;
  const isUntyped = schema.nullable || (schema.type === 'array' && !items) || (schema.type === 'object' && schema.preserveUnknownFields);
  return {
    ...schema,
    items,
    properties,
    type: isUntyped ? undefined : schema.type,
    nullable: undefined,
    allOf: undefined,
    anyOf: undefined,
    oneOf: undefined,
    not: undefined,
    required: requiredWithoutNullable(schema, properties),
  };
}

/** v2 cannot say that a required field may be null. */
function requiredWithoutNullable(
  { required, additionalProperties }: StructuralSchema,
  properties: StructuralSchema['properties'],
): StructuralSchema['required'] {
  if (typeof additionalProperties === 'object' && additionalProperties.nullable) return undefined;
  const left = required?.filter((name) => !properties?.get(name)?.nullable);
  return left?.length === 0 ? undefined : left;
}
