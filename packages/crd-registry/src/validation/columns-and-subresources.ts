/** Printer columns and subresources (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, index, invalidValue, required } from '@apiserver-kit/machinery';
import type { CustomResourceColumnDefinition, CustomResourceSubresources } from './custom-resource-definition.js';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const oneOf = (values: readonly string[]): string => `must be one of ${values.join(',')}`;

export const validateColumns = (columns: readonly CustomResourceColumnDefinition[], path: string): FieldError[] =>
  columns.flatMap((column, i) => validateColumn(column, index(path, i)));

function validateColumn({ name, type, format, jsonPath }: CustomResourceColumnDefinition, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(child(path, 'name')));
  if (!type) errors.push(required(child(path, 'type'), oneOf(columnTypes)));
  else if (!columnTypes.includes(type)) errors.push(invalidValue(child(path, 'type'), type, oneOf(columnTypes)));
  if (format && !columnFormats.includes(format)) errors.push(invalidValue(child(path, 'format'), format, oneOf(columnFormats)));
  if (!jsonPath) errors.push(required(child(path, 'JSONPath')));
  else errors.push(...validateSimplePath(jsonPath, child(path, 'JSONPath')));
  return errors;
}

/** `.spec.replicas`: only the dot is checked. */
const validateSimplePath = (jsonPath: string, path: string): FieldError[] =>
  jsonPath.startsWith('.') ? [] : [invalidValue(path, jsonPath, 'must be a simple json path starting with .')];

/** The scale subresource must say where in spec and status it is. */
export function validateSubresources(subresources: CustomResourceSubresources | null | undefined, path: string): FieldError[] {
  const scale = subresources?.scale;
  if (scale == null) return [];
  const errors: FieldError[] = [];
  const check = (field: string, jsonPath: string, prefixes: readonly string[], where: string): void => {
    const at = child(path, `scale.${field}`);
    const wrong = validateSimplePath(jsonPath, at);
    errors.push(...wrong);
    if (wrong.length === 0 && !prefixes.some((prefix) => jsonPath.startsWith(prefix)))
      errors.push(invalidValue(at, jsonPath, `should be a json path under ${where}`));
  };
  for (const [field, part] of [
    ['specReplicasPath', 'spec'],
    ['statusReplicasPath', 'status'],
  ] as const) {
    if (!scale[field]) errors.push(required(child(path, `scale.${field}`)));
    else check(field, scale[field], [`.${part}.`], `.${part}`);
  }
  if (scale.labelSelectorPath) check('labelSelectorPath', scale.labelSelectorPath, ['.spec.', '.status.'], 'either .spec or .status');
  return errors;
}
