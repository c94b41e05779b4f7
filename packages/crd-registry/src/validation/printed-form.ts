/**
 * CustomResourceDefinitions as the reference prints them in errors: by the names of its Go fields, each of them, set or not
 * (apiextensions-apiserver/pkg/apis/apiextensions/types.go). Two that are printed alike are equal.
 */
import { type JSONSchemaProps, sortedMembers } from '@apiserver-kit/schema';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from './custom-resource-definition.js';

type Printed = Record<string, unknown>;
const each = <Value, Out>(list: readonly Value[] | null | undefined, print: (value: Value) => Out): Out[] | null => list?.map(print) ?? null;
const maybe = <Value, Out>(value: Value | null | undefined, print: (value: Value) => Out): Out | null => (value == null ? null : print(value));
const members = <Value, Out>(map: Readonly<Record<string, Value>> | null | undefined, print: (value: Value) => Out): Record<string, Out> | null =>
  maybe(map, (entries) =>
    Object.fromEntries(
      Object.keys(entries)
        .sort()
        .map((name) => [name, print(entries[name]!)]),
    ),
  );

export const printSubresources = ({ status, scale }: CustomResourceSubresources): Printed => ({
  Status: maybe(status, () => ({})),
  Scale: maybe(scale, ({ specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = null }) => ({
    SpecReplicasPath: specReplicasPath,
    StatusReplicasPath: statusReplicasPath,
    LabelSelectorPath: labelSelectorPath,
  })),
});

export const printColumn = (column: CustomResourceColumnDefinition): Printed => ({
  Name: column.name ?? '',
  Type: column.type ?? '',
  Format: column.format ?? '',
  Description: column.description ?? '',
  Priority: column.priority ?? 0,
  JSONPath: column.jsonPath ?? '',
});

export const printSelectableField = ({ jsonPath }: SelectableField): Printed => ({ JSONPath: jsonPath ?? '' });

export const printVersion = (version: CustomResourceDefinitionVersion): Printed => ({
  Name: version.name ?? '',
  Served: version.served ?? false,
  Storage: version.storage ?? false,
  Deprecated: version.deprecated ?? false,
  DeprecationWarning: version.deprecationWarning ?? null,
  Schema: maybe(version.schema, ({ openAPIV3Schema }) => ({ OpenAPIV3Schema: maybe(openAPIV3Schema, printSchema) })),
  Subresources: maybe(version.subresources, printSubresources),
  AdditionalPrinterColumns: each(version.additionalPrinterColumns, printColumn),
  SelectableFields: each(version.selectableFields, printSelectableField),
});

const printSchemaOrBool = (value: JSONSchemaProps | boolean): Printed =>
  typeof value === 'boolean' ? { Allows: value, Schema: null } : { Allows: true, Schema: printSchema(value) };

/** The items of a list: one schema, or one per item. */
export const printItems = (items: JSONSchemaProps | JSONSchemaProps[]): Printed =>
  Array.isArray(items) ? { Schema: null, JSONSchemas: items.map(printSchema) } : { Schema: printSchema(items), JSONSchemas: null };

/** A schema, in the order of the reference's fields. */
export const printSchema = (schema: JSONSchemaProps): Printed => ({
  ID: schema.id ?? '',
  Schema: schema.$schema ?? '',
  Ref: schema.$ref ?? null,
  Description: schema.description ?? '',
  Type: schema.type ?? '',
  Nullable: schema.nullable ?? false,
  Format: schema.format ?? '',
  Title: schema.title ?? '',
  Default: sortedMembers(schema.default ?? null),
  Maximum: schema.maximum ?? null,
  ExclusiveMaximum: schema.exclusiveMaximum ?? false,
  Minimum: schema.minimum ?? null,
  ExclusiveMinimum: schema.exclusiveMinimum ?? false,
  MaxLength: schema.maxLength ?? null,
  MinLength: schema.minLength ?? null,
  Pattern: schema.pattern ?? '',
  MaxItems: schema.maxItems ?? null,
  MinItems: schema.minItems ?? null,
  UniqueItems: schema.uniqueItems ?? false,
  MultipleOf: schema.multipleOf ?? null,
  Enum: sortedMembers(schema.enum ?? null),
  MaxProperties: schema.maxProperties ?? null,
  MinProperties: schema.minProperties ?? null,
  Required: schema.required ?? null,
  Items: maybe(schema.items, printItems),
  AllOf: each(schema.allOf, printSchema),
  OneOf: each(schema.oneOf, printSchema),
  AnyOf: each(schema.anyOf, printSchema),
  Not: maybe(schema.not, printSchema),
  Properties: members(schema.properties, printSchema),
  AdditionalProperties: maybe(schema.additionalProperties, printSchemaOrBool),
  PatternProperties: members(schema.patternProperties, printSchema),
  Dependencies: members(schema.dependencies, (value) =>
    Array.isArray(value) ? { Schema: null, Property: value } : { Schema: printSchema(value), Property: null },
  ),
  AdditionalItems: maybe(schema.additionalItems, printSchemaOrBool),
  Definitions: members(schema.definitions, printSchema),
  ExternalDocs: maybe(schema.externalDocs, ({ description = '', url = '' }) => ({ Description: description, URL: url })),
  Example: sortedMembers(schema.example ?? null),
  XPreserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? null,
  XEmbeddedResource: schema['x-kubernetes-embedded-resource'] ?? false,
  XIntOrString: schema['x-kubernetes-int-or-string'] ?? false,
  XListMapKeys: schema['x-kubernetes-list-map-keys'] ?? null,
  XListType: schema['x-kubernetes-list-type'] ?? null,
  XMapType: schema['x-kubernetes-map-type'] ?? null,
  XValidations: each(schema['x-kubernetes-validations'], (rule) => ({
    Rule: rule.rule ?? '',
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  })),
});
