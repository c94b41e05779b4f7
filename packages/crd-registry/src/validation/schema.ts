/** The schema of a version as a whole (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, forbiddenField, invalidValue } from '@apiserver-kit/machinery';
import type { ValidateRuleTextsOptions, validateRules } from '@apiserver-kit/cel';
import { type JSONSchemaProps, type StructuralSchema, structuralSchema, validateDefaults } from '@apiserver-kit/schema';
import type { CustomResourceValidation } from './custom-resource-definition.js';
import { type SchemaNodeRules, validateOpenAPISchema } from './open-api-schema.js';
import { printSchema } from './printed-form.js';

export interface SchemaRules extends SchemaNodeRules {
  readonly requireStructural: boolean;
  readonly requirePrunedDefaults: boolean;
  /** Compiles the expressions of rules. Undefined: nobody does. */
  readonly validateRules?: ValidateRules | undefined;
  /** Expressions that are stored already: they may use what is newer than new ones may. */
  readonly isStored: IsStored;
  /** The versions whose schemas an update leaves as they were: their expressions may cost any amount. */
  readonly unchangedVersions: ReadonlySet<string>;
}

/** `validateRules` of `@apiserver-kit/cel`: given, and not imported, so that it is loaded only where there are rules. */
export type ValidateRules = typeof validateRules;
export type IsStored = NonNullable<ValidateRuleTextsOptions['isStored']>;

export interface SchemaPlace {
  /** The status has a subresource, so it is validated by `properties.status` alone. */
  readonly hasStatus: boolean;
  /** Empty for what all versions share. */
  readonly version: string;
}

/** What is wrong with a schema. */
export function validateSchema(
  validation: CustomResourceValidation | null | undefined,
  path: string,
  { hasStatus, version }: SchemaPlace,
  rules: SchemaRules,
): FieldError[] {
  const schema = validation?.openAPIV3Schema;
  if (schema == null) return [];
  const errors: FieldError[] = [];
  const at = child(path, 'openAPIV3Schema');
  if (hasStatus) errors.push(...validateRootFields(schema, at));
  if (schema.nullable) errors.push(forbiddenField(child(at, 'nullable'), 'nullable cannot be true at the root'));
  const structure = rules.requireStructural ? validateStructure(schema, at, rules) : undefined;
  errors.push(...(structure?.errors ?? []));
  const faults = validateOpenAPISchema(schema, at, rules);
  errors.push(...faults);
  if (structure?.schema) errors.push(...validateExpressions(structure.schema, at, version, faults, rules));
  // What no structural schema can express is nearly always told in better words by then.
  if (errors.length === 0 && structure?.unsupported !== undefined) errors.push(invalidValue(at, '', structure.unsupported));
  return errors;
}

interface Structure {
  readonly errors: readonly FieldError[];
  readonly unsupported?: string;
  /** Only where nothing is wrong with it. */
  readonly schema?: StructuralSchema;
}

function validateStructure(props: JSONSchemaProps, path: string, { requirePrunedDefaults }: SchemaRules): Structure {
  const { schema, errors, unsupported } = structuralSchema(props, { path });
  if (unsupported !== undefined) return { errors: [], unsupported };
  if (errors.length > 0) return { errors };
  const wrongDefaults = validateDefaults(schema, { path, requirePruned: requirePrunedDefaults });
  return wrongDefaults.length > 0 ? { errors: wrongDefaults } : { errors: [], schema };
}

/** Rules below which something else is wrong are left alone: what they would be refused for goes with it. */
function validateExpressions(
  schema: StructuralSchema,
  path: string,
  version: string,
  faults: readonly FieldError[],
  { validateRules, isStored, unchangedVersions }: SchemaRules,
): FieldError[] {
  if (!validateRules) return [];
  const isFaulty = (at: string): boolean => faults.some(({ field }) => field.startsWith(at));
  return validateRules(schema, { path, isStored, allowCostly: unchangedVersions.has(version), isFaulty });
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
