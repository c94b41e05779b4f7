/** The schema of a version as a whole (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, forbiddenField, invalidValue } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, structuralSchema, validateDefaults } from '@apiserver-kit/schema';
import type { CustomResourceValidation } from './custom-resource-definition.js';
import { type SchemaNodeRules, validateOpenAPISchema } from './open-api-schema.js';
import { printSchema } from './printed-form.js';

export interface SchemaRules extends SchemaNodeRules {
  readonly requireStructural: boolean;
  readonly requirePrunedDefaults: boolean;
}

export interface SchemaPlace {
  /** The status has a subresource, so it is validated by `properties.status` alone. */
  readonly hasStatus: boolean;
}

/** What is wrong with a schema. Expressions of rules are not compiled here. */
export function validateSchema(
  validation: CustomResourceValidation | null | undefined,
  path: string,
  { hasStatus }: SchemaPlace,
  rules: SchemaRules,
): FieldError[] {
  const schema = validation?.openAPIV3Schema;
  if (schema == null) return [];
  const errors: FieldError[] = [];
  const at = child(path, 'openAPIV3Schema');
  if (hasStatus) errors.push(...validateRootFields(schema, at));
  if (schema.nullable) errors.push(forbiddenField(child(at, 'nullable'), 'nullable cannot be true at the root'));
  const unsupported = rules.requireStructural ? validateStructure(schema, at, rules, errors) : undefined;
  errors.push(...validateOpenAPISchema(schema, at, rules));
  // What no structural schema can express is nearly always told in better words by then.
  if (errors.length === 0 && unsupported !== undefined) errors.push(invalidValue(at, '', unsupported));
  return errors;
}

function validateStructure(schema: JSONSchemaProps, path: string, { requirePrunedDefaults }: SchemaRules, errors: FieldError[]): string | undefined {
  const structural = structuralSchema(schema, { path });
  if (structural.unsupported !== undefined) return structural.unsupported;
  if (structural.errors.length > 0) errors.push(...structural.errors);
  else errors.push(...validateDefaults(structural.schema, { path, requirePruned: requirePrunedDefaults }));
  return undefined;
}

const allowedAtRoot = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
];

/** Of these the reference can tell what is empty from what is not set. */
const emptyIsSet: ReadonlySet<string> = new Set(['Ref', 'XListType', 'XMapType']);

/** The status is validated by its own part of the schema, so the root may say nothing that concerns it too. The first such thing is told. */
function validateRootFields(schema: JSONSchemaProps, path: string): FieldError[] {
  const printed = printSchema(schema);
  for (const [field, value] of Object.entries(printed)) {
    if (value === null || (value === '' && !emptyIsSet.has(field)) || value === false) continue;
    if (field === 'Type') {
      if (value !== 'object')
        return [
          invalidValue(child(path, 'type'), value, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'),
        ];
    } else if (!allowedAtRoot.includes(field)) {
      const detail = `only [${allowedAtRoot.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
      return [invalidValue(path, printed, detail)];
    }
  }
  return [];
}
