/** The rules of `x-kubernetes-validations`, run after everything else that objects are held to (apiextensions-apiserver/pkg/registry/customresource). */
import type { SchemaRules, schemaRules } from '@apiserver-kit/cel';
import type { FieldError, FieldErrorType, KubeObject } from '@apiserver-kit/machinery';
import type { CustomResourceDefinitionSpec } from '../validation/custom-resource-definition.js';

/** Makes the rules of a schema: code that is loaded only where there are rules. */
export type MakeRules = typeof schemaRules;

/** Whether a definition has rules. */
export const hasRules = (spec: CustomResourceDefinitionSpec): boolean => JSON.stringify(spec).includes('"x-kubernetes-validations"');

/** After these, rules could stumble over what is wrong with the object. */
const blocking: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const notChecked: FieldError = {
  type: 'FieldValueInvalid',
  field: '<nil>',
  badValue: null,
  detail: 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/**
 * All errors of an object: those that were found without its rules, and, where these let them, those of the rules.
 * @param old what an update replaces.
 * @param warn told of rules that the object broke already before the update.
 */
export function withRules(
  errors: FieldError[],
  rules: SchemaRules | undefined,
  object: KubeObject,
  old: KubeObject | undefined,
  warn: (text: string) => void,
): FieldError[] {
  if (!rules) return errors;
  if (errors.some(({ type }) => blocking.has(type))) return [...errors, notChecked];
  const result = rules.validate(object, old, { isRatcheting: old !== undefined });
  for (const warning of result.warnings) warn(warning);
  return [...errors, ...result.errors];
}
