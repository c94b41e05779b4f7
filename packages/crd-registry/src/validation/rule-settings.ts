/** What a rule of `x-kubernetes-validations` says beside its expressions (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, index, invalidValue, notSupported, required } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, type ValidationRule, structuralSchema } from '@apiserver-kit/schema';
import { resolveFieldPath } from './field-path.js';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const hasLineBreak = (text: string): boolean => /[\n\r]/.test(text);

/** Checks the rules of a node; their expressions are not compiled here. */
export const validateRuleSettings = (schema: JSONSchemaProps, path: string): FieldError[] =>
  (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) => validateRule(rule, schema, index(child(path, 'x-kubernetes-validations'), i)));

function validateRule(given: ValidationRule, schema: JSONSchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { rule = '', message = '', messageExpression = '', reason, fieldPath = '' } = given;
  const [trimmedRule, trimmedMessage] = [rule.trim(), message.trim()];
  const messagePath = child(path, 'message');
  if (trimmedRule === '') errors.push(required(child(path, 'rule'), 'rule is not specified'));
  else if (message !== '' && trimmedMessage === '') errors.push(invalidValue(messagePath, message, 'must be non-empty if specified'));
  else if (hasLineBreak(trimmedMessage)) errors.push(invalidValue(messagePath, message, 'must not contain line breaks'));
  else if (hasLineBreak(trimmedRule) && trimmedMessage === '') errors.push(required(messagePath, 'message must be specified if rule contains line breaks'));
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(required(child(path, 'messageExpression'), 'messageExpression must be non-empty if specified'));
  if (reason != null && !reasons.includes(reason)) errors.push(notSupported(child(path, 'reason'), reason, reasons));
  if (fieldPath === '') return errors;
  const at = child(path, 'fieldPath');
  if (fieldPath.trim() === '') errors.push(invalidValue(at, fieldPath, 'must be non-empty if specified'));
  if (hasLineBreak(fieldPath)) errors.push(invalidValue(at, fieldPath, 'must not contain line breaks'));
  if (!leadsSomewhere(fieldPath, schema)) errors.push(invalidValue(at, fieldPath, 'must be a valid path'));
  return errors;
}

function leadsSomewhere(fieldPath: string, props: JSONSchemaProps): boolean {
  const { schema, unsupported } = structuralSchema(props);
  // What is wrong with the schema is told elsewhere.
  if (unsupported !== undefined) return true;
  try {
    resolveFieldPath(fieldPath, schema);
    return true;
  } catch {
    // The reference says that the path is wrong, not why.
    return false;
  }
}
