/** The specs of the two kinds of admission policy. */
import {
  byteLength,
  child,
  dns1035Label,
  dns1123Subdomain,
  duplicate,
  type FieldError,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  notSupported,
  parseApiVersion,
  qualifiedName,
  required,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt } from '../../types/read.js';
import { invalidEach, oneOf } from '../rules.js';
import { expressionErrors, type ExpressionUse } from './expressions.js';
import { matchConditions } from './match-conditions.js';
import { matchResources } from './match-resources.js';

const spec = 'spec';

function paramKind(kind: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [apiVersion, name] = [textAt(kind, 'apiVersion'), textAt(kind, 'kind')];
  const versionPath = child(path, 'apiVersion');
  const parsed = apiVersion === '/' ? { group: '', version: '' } : parseApiVersion(apiVersion);
  if (apiVersion === '') errors.push(required(versionPath));
  else if (!parsed) errors.push(invalidValue(versionPath, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const group = parsed.group === '' ? [] : dns1123Subdomain(parsed.group);
    if (group.length > 0) errors.push(invalidValue(versionPath, parsed.group, group.join(',')));
    const version = dns1035Label(parsed.version);
    if (parsed.version === '') errors.push(invalidValue(versionPath, apiVersion, 'version must be specified'));
    else if (version.length > 0) errors.push(invalidValue(versionPath, parsed.version, version.join(',')));
  }
  const messages = dns1035Label(name.toLowerCase());
  if (name === '') errors.push(required(child(path, 'kind')));
  else if (messages.length > 0) errors.push(invalidValue(child(path, 'kind'), name, `may have mixed case, but should otherwise match: ${messages.join(',')}`));
  return errors;
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved = new Set('true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '));

function variable(value: JsonObject, path: string, use: ExpressionUse): FieldError[] {
  const [name, expression] = [textAt(value, 'name'), textAt(value, 'expression')];
  const isIdentifier = identifier.test(name) && !reserved.has(name);
  return [
    ...(name.trim() === ''
      ? [required(child(path, 'name'), 'name is not specified')]
      : isIdentifier
        ? []
        : [invalidValue(child(path, 'name'), name, 'must be a valid CEL identifier')]),
    ...(expression.trim() === ''
      ? [required(child(path, 'expression'), 'expression is not specified')]
      : expressionErrors(expression, child(path, 'expression'), use)),
  ];
}

/** What both kinds have before what they do. */
function common(object: JsonObject, old: JsonObject | undefined, checkResources?: (resources: JsonObject, path: string) => FieldError[]): FieldError[] {
  const value = recordAt(object, spec);
  const before = old && recordAt(old, spec);
  const constraintsPath = child(spec, 'matchConstraints');
  const constraints = recordAt(value, 'matchConstraints');
  const isSame = (field: string): boolean => before !== undefined && jsonEqual(value[field] ?? null, before[field] ?? null);
  return [
    ...oneOf(textAt(value, 'failurePolicy'), ['Fail', 'Ignore'], child(spec, 'failurePolicy')),
    ...(has(value, 'paramKind') ? paramKind(recordAt(value, 'paramKind'), child(spec, 'paramKind')) : []),
    ...(has(value, 'matchConstraints')
      ? [
          ...matchResources(constraints, constraintsPath),
          ...(recordsAt(constraints, 'resourceRules').length === 0 ? [required(child(constraintsPath, 'resourceRules'))] : []),
          ...(checkResources?.(constraints, constraintsPath) ?? []),
        ]
      : [required(constraintsPath)]),
    ...(isSame('paramKind') && isSame('matchConditions')
      ? []
      : matchConditions(value, spec, { result: 'boolean', hasParams: has(value, 'paramKind'), hasAuthorizer: true })),
  ];
}

/** Expressions of one policy: they see its variables, those above them. */
function useOf(value: JsonObject, result: ExpressionUse['result']): ExpressionUse {
  return { result, hasParams: has(value, 'paramKind'), hasAuthorizer: true, variables: recordsAt(value, 'variables') };
}

const variables = (value: JsonObject): FieldError[] => {
  const all = recordsAt(value, 'variables');
  return all.flatMap((one, at) => variable(one, index(child(spec, 'variables'), at), { ...useOf(value, 'any'), variables: all.slice(0, at) }));
};

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validation(value: JsonObject, policy: JsonObject, path: string): FieldError[] {
  const [expression, message, messageExpression] = [textAt(value, 'expression'), textAt(value, 'message'), textAt(value, 'messageExpression')];
  const errors: FieldError[] = [];
  if (expression.trim() === '') errors.push(required(child(path, 'expression'), 'expression is not specified'));
  else errors.push(...expressionErrors(expression, child(path, 'expression'), useOf(policy, 'boolean')));
  const messagePath = child(path, 'messageExpression');
  if (messageExpression !== '' && messageExpression.trim() === '') errors.push(invalidValue(messagePath, messageExpression, 'must be non-empty if specified'));
  else if (messageExpression !== '') errors.push(...expressionErrors(messageExpression, messagePath, { ...useOf(policy, 'string'), hasAuthorizer: false }));
  if (message !== '' && message.trim() === '') errors.push(invalidValue(child(path, 'message'), message, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim())) errors.push(invalidValue(child(path, 'message'), message, 'must not contain line breaks'));
  const reason = textAt(value, 'reason');
  if (has(value, 'reason') && !reasons.includes(reason)) errors.push(notSupported(child(path, 'reason'), reason, reasons));
  return errors;
}

const [maxAnnotations, maxAnnotationBytes] = [20, 5 * 1024];

function auditAnnotation(value: JsonObject, policy: JsonObject, policyName: string, path: string): FieldError[] {
  const [key, expression] = [textAt(value, 'key'), textAt(value, 'valueExpression')];
  const [keyPath, expressionPath] = [child(path, 'key'), child(path, 'valueExpression')];
  const trimmed = expression.trim();
  return [
    ...(policyName === ''
      ? [invalidValue(keyPath, key, 'requires metadata.name be non-empty')]
      : invalidEach(qualifiedName(`${policyName}/${key}`), keyPath, `${policyName}/${key}`)),
    ...(trimmed === ''
      ? [required(expressionPath, 'valueExpression is not specified')]
      : byteLength(trimmed) > maxAnnotationBytes
        ? [required(expressionPath, `must not exceed ${maxAnnotationBytes} bytes in length`)]
        : expressionErrors(trimmed, expressionPath, useOf(policy, 'stringOrNull'), expression)),
  ];
}

function auditAnnotations(policy: JsonObject, policyName: string): FieldError[] {
  const path = child(spec, 'auditAnnotations');
  const annotations = recordsAt(policy, 'auditAnnotations');
  const keys = annotations.map((one) => textAt(one, 'key'));
  return [
    ...(annotations.length > maxAnnotations ? [invalidValue(path, annotations, `must not have more than ${maxAnnotations} auditAnnotations`)] : []),
    ...annotations.flatMap((one, at) => [
      ...auditAnnotation(one, policy, policyName, index(path, at)),
      ...(keys.indexOf(keys[at]!) < at ? [duplicate(child(index(path, at), 'key'), keys[at])] : []),
    ]),
  ];
}

/** Of a ValidatingAdmissionPolicy. */
export function validatingSpec(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const value = recordAt(object, spec);
  const validations = recordsAt(value, 'validations');
  const errors = [...common(object, old), ...variables(value)];
  if (validations.length === 0 && recordsAt(value, 'auditAnnotations').length === 0) {
    const atLeastOne = 'validations or auditAnnotations must contain at least one item';
    return [...errors, required(child(spec, 'validations'), atLeastOne), required(child(spec, 'auditAnnotations'), atLeastOne)];
  }
  return [
    ...errors,
    ...validations.flatMap((one, at) => validation(one, value, index(child(spec, 'validations'), at))),
    ...auditAnnotations(value, textAt(recordAt(object, 'metadata'), 'name')),
  ];
}

const patchTypes = { JSONPatch: 'jsonPatch', ApplyConfiguration: 'applyConfiguration' } as const;

function mutation(value: JsonObject, policy: JsonObject, path: string): FieldError[] {
  const type = textAt(value, 'patchType');
  if (type === '') return [required(child(path, 'patchType'))];
  if (!Object.hasOwn(patchTypes, type)) return [notSupported(child(path, 'patchType'), type, ['ApplyConfiguration', 'JSONPatch'])];
  const field = patchTypes[type as keyof typeof patchTypes];
  const other = field === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const expressionPath = child(child(path, field), 'expression');
  const expression = textAt(recordAt(value, field), 'expression').trim();
  return [
    ...(!has(value, field)
      ? [required(child(path, field), `must be specified when patchType is ${type}`)]
      : expression === ''
        ? [required(expressionPath)]
        : expressionErrors(expression, expressionPath, useOf(policy, field))),
    ...(has(value, other) ? [invalidValue(child(path, other), `{${other}}`, `must not be specified when patchType is ${type}`)] : []),
  ];
}

/** Of a MutatingAdmissionPolicy. */
export function mutatingSpec(
  object: JsonObject,
  old: JsonObject | undefined,
  checkResources: (resources: JsonObject, path: string) => FieldError[],
): FieldError[] {
  const value = recordAt(object, spec);
  const mutations = recordsAt(value, 'mutations');
  return [
    ...common(object, old, checkResources),
    ...variables(value),
    ...(mutations.length === 0
      ? [required(child(spec, 'mutations'), 'mutations must contain at least one item')]
      : mutations.flatMap((one, at) => mutation(one, value, index(child(spec, 'mutations'), at)))),
    ...oneOf(textAt(value, 'reinvocationPolicy'), ['IfNeeded', 'Never'], child(spec, 'reinvocationPolicy')),
  ];
}
