/** Fields that lists can be selected by (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, duplicate, index, invalidValue, required, tooMany } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, structuralSchema } from '@apiserver-kit/schema';
import type { SelectableField } from './custom-resource-definition.js';
import { type ResolvedPath, resolveFieldPath } from './field-path.js';

export const maxSelectableFields = 8;
const selectableTypes = ['string', 'boolean', 'integer'];

export interface SelectableFieldsOptions {
  /** There were too many already. */
  readonly allowTooMany: boolean;
  /** Where the schema stands. */
  readonly schemaPath: string;
}

/** Each must be a scalar that the schema specifies, outside of the metadata, and named once. */
export function validateSelectableFields(
  fields: readonly SelectableField[],
  props: JSONSchemaProps,
  path: string,
  { allowTooMany, schemaPath }: SelectableFieldsOptions,
): FieldError[] {
  const { schema, unsupported } = structuralSchema(props);
  const errors: FieldError[] = unsupported === undefined ? [] : [invalidValue(schemaPath, '', unsupported)];
  const known = new Set<string>();
  for (const [i, { jsonPath }] of fields.entries()) {
    const at = child(index(path, i), 'jsonPath');
    if (!jsonPath) {
      errors.push(required(at));
      continue;
    }
    let found: ResolvedPath;
    try {
      found = resolveFieldPath(jsonPath, schema, { allowBrackets: false });
    } catch (error) {
      errors.push(invalidValue(at, jsonPath, `is an invalid path: ${(error as Error).message}`));
      continue;
    }
    if (found.root === 'metadata') errors.push(invalidValue(at, jsonPath, 'must not point to fields in metadata'));
    if (!selectableTypes.includes(found.schema?.type ?? ''))
      errors.push(
        invalidValue(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'),
      );
    if (known.has(found.text)) errors.push(duplicate(at, jsonPath));
    known.add(found.text);
  }
  if (known.size > maxSelectableFields && !allowTooMany) errors.push(tooMany(path, known.size, maxSelectableFields));
  return errors;
}
