/** Structural schemas: the subset of JSON schema whose tree of fields is known (apiextensions-apiserver/pkg/apiserver/schema). */
import type { FieldError } from '@apiserver-kit/machinery';
import { completenessErrors } from './completeness.js';
import { invariantErrors } from './invariants.js';
import type { ExternalDocumentation, JSONSchemaProps, ValidationRule } from './json-schema-props.js';
import { sortedByText } from './sorted-errors.js';

/**
 * A node of a structural schema. What is undefined is not set: empty texts and lists, false and null of the CRD are left out.
 * All nodes have all fields, so that they are of one shape: every write walks them.
 * Under a junctor (`allOf`, `anyOf`, `oneOf`, `not`) the same shape holds value validation only; {@link structuralSchema} says where it holds more.
 */
export interface StructuralSchema {
  readonly items: StructuralSchema | undefined;
  readonly properties: ReadonlyMap<string, StructuralSchema> | undefined;
  readonly additionalProperties: StructuralSchema | boolean | undefined;

  readonly description: string | undefined;
  readonly type: string | undefined;
  readonly title: string | undefined;
  readonly default: unknown | undefined;
  readonly nullable: true | undefined;
  readonly externalDocs: ExternalDocumentation | undefined;
  readonly example: unknown | undefined;

  readonly preserveUnknownFields: true | undefined;
  readonly embeddedResource: true | undefined;
  readonly intOrString: true | undefined;
  readonly listMapKeys: readonly string[] | undefined;
  readonly listType: string | undefined;
  readonly mapType: string | undefined;
  readonly validations: readonly ValidationRule[] | undefined;

  readonly format: string | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMaximum: true | undefined;
  readonly minimum: number | undefined;
  readonly exclusiveMinimum: true | undefined;
  readonly maxLength: number | undefined;
  readonly minLength: number | undefined;
  readonly pattern: string | undefined;
  readonly maxItems: number | undefined;
  readonly minItems: number | undefined;
  readonly uniqueItems: true | undefined;
  readonly multipleOf: number | undefined;
  readonly enum: readonly unknown[] | undefined;
  readonly maxProperties: number | undefined;
  readonly minProperties: number | undefined;
  readonly required: readonly string[] | undefined;
  readonly allOf: readonly StructuralSchema[] | undefined;
  readonly anyOf: readonly StructuralSchema[] | undefined;
  readonly oneOf: readonly StructuralSchema[] | undefined;
  readonly not: StructuralSchema | undefined;
}

export interface StructuralSchemaResult {
  readonly schema: StructuralSchema;
  /** Why the schema is not structural, sorted by text; empty when it is. */
  readonly errors: FieldError[];
  /** Set when the schema uses what no structural schema can express (`$ref`, a list of `items` …): the sentence that says so. `schema` is then without it. */
  readonly unsupported?: string;
}

export interface StructuralSchemaOptions {
  /** Where the schema stands: `spec.validation.openAPIV3Schema`. Default: the root. */
  readonly path?: string;
}

/** Reads a CRD's schema and says whether it is structural. Shares default, enum and example values with `props`; changes nothing in it. */
export function structuralSchema(props: JSONSchemaProps, { path = '' }: StructuralSchemaOptions = {}): StructuralSchemaResult {
  const problems: string[] = [];
  const schema = read(props, problems);
  const errors = sortedByText([...invariantErrors(schema, path), ...completenessErrors(schema, path)]);
  return problems.length === 0 ? { schema, errors } : { schema, errors, unsupported: problems[0]! };
}

type Draft = { -readonly [Field in keyof StructuralSchema]: StructuralSchema[Field] };

const draft = (): Draft => ({
  items: undefined,
  properties: undefined,
  additionalProperties: undefined,
  description: undefined,
  type: undefined,
  title: undefined,
  default: undefined,
  nullable: undefined,
  externalDocs: undefined,
  example: undefined,
  preserveUnknownFields: undefined,
  embeddedResource: undefined,
  intOrString: undefined,
  listMapKeys: undefined,
  listType: undefined,
  mapType: undefined,
  validations: undefined,
  format: undefined,
  maximum: undefined,
  exclusiveMaximum: undefined,
  minimum: undefined,
  exclusiveMinimum: undefined,
  maxLength: undefined,
  minLength: undefined,
  pattern: undefined,
  maxItems: undefined,
  minItems: undefined,
  uniqueItems: undefined,
  multipleOf: undefined,
  enum: undefined,
  maxProperties: undefined,
  minProperties: undefined,
  required: undefined,
  allOf: undefined,
  anyOf: undefined,
  oneOf: undefined,
  not: undefined,
});

/** The fields of a node that are set. */
export const setFields = (schema: StructuralSchema): (keyof StructuralSchema)[] =>
  (Object.keys(schema) as (keyof StructuralSchema)[]).filter((field) => schema[field] !== undefined);

/** A schema that says nothing but the given. */
export const schemaWith = (fields: Partial<StructuralSchema>): StructuralSchema => ({ ...draft(), ...fields });

const unsupportedFields = ['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'] as const;
const unsupportedNames: Partial<Record<(typeof unsupportedFields)[number], string>> = { $schema: 'schema' };

const texts = ['description', 'type', 'title', 'format', 'pattern'] as const;
const numbers = ['maximum', 'minimum', 'maxLength', 'minLength', 'maxItems', 'minItems', 'multipleOf', 'maxProperties', 'minProperties'] as const;
const flags = ['nullable', 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems'] as const;
const values = ['default', 'example', 'externalDocs'] as const;
const junctors = ['allOf', 'anyOf', 'oneOf'] as const;

/** Lists and maps are unsupported only where they have entries; `additionalItems` always. */
const isSet = (value: unknown): boolean =>
  value != null && value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0 || (Array.isArray(value) && value.length > 0));

function read(props: JSONSchemaProps, problems: string[]): StructuralSchema {
  for (const field of unsupportedFields)
    if (field === 'additionalItems' ? props[field] != null : isSet(props[field]))
      problems.push(`OpenAPIV3Schema '${unsupportedNames[field] ?? field}' is not supported`);

  const schema = draft();
  for (const field of texts) if (props[field]) schema[field] = props[field];
  for (const field of numbers) if (props[field] != null) schema[field] = Number(props[field]);
  for (const field of flags) if (props[field]) schema[field] = true;
  for (const field of values) if (props[field] != null) schema[field] = props[field] as never;
  if (props.enum?.length) schema.enum = props.enum;
  if (props.required?.length) schema.required = props.required;

  if (props['x-kubernetes-embedded-resource']) schema.embeddedResource = true;
  if (props['x-kubernetes-int-or-string']) schema.intOrString = true;
  if (props['x-kubernetes-list-map-keys']?.length) schema.listMapKeys = props['x-kubernetes-list-map-keys'];
  if (props['x-kubernetes-list-type'] != null) schema.listType = props['x-kubernetes-list-type'];
  if (props['x-kubernetes-map-type'] != null) schema.mapType = props['x-kubernetes-map-type'];
  if (props['x-kubernetes-validations']?.length) schema.validations = props['x-kubernetes-validations'];
  if (props.not != null) schema.not = read(props.not, problems);
  for (const field of junctors) if (props[field]?.length) schema[field] = props[field].map((clause) => read(clause, problems));
  const preserve = props['x-kubernetes-preserve-unknown-fields'];
  if (preserve) schema.preserveUnknownFields = true;
  else if (preserve === false) problems.push("internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined");

  if (Array.isArray(props.items)) problems.push("OpenAPIV3Schema 'items' must be a schema, but is an array");
  else if (props.items != null) schema.items = read(props.items, problems);
  if (props.properties != null) {
    const entries = Object.entries(props.properties);
    if (entries.length > 0) schema.properties = new Map(entries.map(([name, property]) => [name, read(property, problems)]));
  }
  const { additionalProperties } = props;
  if (additionalProperties != null)
    schema.additionalProperties = typeof additionalProperties === 'boolean' ? additionalProperties : read(additionalProperties, problems);
  return schema;
}

/** The schema of a map's values, where the map has one. */
export const valueSchema = ({ additionalProperties }: StructuralSchema): StructuralSchema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined;
