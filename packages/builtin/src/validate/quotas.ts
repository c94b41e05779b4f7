/** ResourceQuotas and LimitRanges. */
import {
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  key,
  parseQuantity,
  qualifiedName,
  required,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import {
  allowsOvercommit,
  compareQuantities,
  containerResourceName,
  isIntegerQuantity,
  isQuotaResource,
  isWholeResource,
  nonNegativeQuantity,
  resourceName,
} from './quantities.js';
import { invalidEach } from './rules.js';

type Quantities = Readonly<Record<string, string>>;
const quantitiesAt = (object: JsonObject, name: string): Quantities => recordAt(object, name) as Record<string, string>;

function quotaResources(quantities: Quantities, path: string): FieldError[] {
  return Object.entries(quantities).flatMap(([name, quantity]) => {
    const at = key(path, name);
    const errors = resourceName(name, at);
    if (!name.includes('/') && !isQuotaResource(name)) errors.push(invalidValue(at, name, 'must be a standard resource for quota'));
    errors.push(...nonNegativeQuantity(quantity, at));
    if (isWholeResource(name) && !isIntegerQuantity(quantity)) errors.push(invalidValue(at, quantity, 'must be an integer'));
    return errors;
  });
}

const pods = ['pods'];
const compute = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
/** Of which resources a quota of a scope can speak. */
const resourcesOfScope = new Map([
  ['Terminating', [...pods, ...compute]],
  ['NotTerminating', [...pods, ...compute]],
  ['NotBestEffort', [...pods, ...compute]],
  ['PriorityClass', [...pods, ...compute]],
  ['CrossNamespacePodAffinity', [...pods, ...compute]],
  ['BestEffort', pods],
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
]);
const conflictingScopes = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** Resources of the quota that its scope has nothing to do with. */
const strangers = (scope: string, resources: readonly string[]): string[] =>
  resources.filter((name) => isQuotaResource(name) && resourcesOfScope.has(scope) && !resourcesOfScope.get(scope)!.includes(name));

function conflicts(scopes: readonly string[], path: string, shown: unknown): FieldError[] {
  return conflictingScopes.flatMap((pair) => (pair.every((scope) => scopes.includes(scope)) ? [invalidValue(path, shown, 'conflicting scopes')] : []));
}

function quotaScopes(spec: JsonObject, resources: readonly string[]): FieldError[] {
  const path = 'spec.scopes';
  const scopes = textsAt(spec, 'scopes');
  const errors = scopes.flatMap((scope) => [
    ...(resourcesOfScope.has(scope) ? [] : [invalidValue(path, scopes, 'unsupported scope')]),
    ...strangers(scope, resources).map(() => invalidValue(path, scopes, 'unsupported scope applied to resource')),
  ]);
  return [...errors, ...conflicts(scopes, path, scopes)];
}

/** Scopes that a pod is in or not: there is no value to compare. */
const plainScopes = new Set(['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']);
const mustExist =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function scopeOperator(requirement: JsonObject, path: string): FieldError[] {
  const [operator, values] = [textAt(requirement, 'operator'), textsAt(requirement, 'values')];
  const valuesPath = child(path, 'values');
  if (operator === 'In' || operator === 'NotIn')
    return values.length > 0 ? [] : [required(valuesPath, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")];
  if (operator === 'Exists' || operator === 'DoesNotExist')
    return values.length === 0 ? [] : [invalidValue(valuesPath, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")];
  return [invalidValue(child(path, 'operator'), operator, 'not a valid selector operator')];
}

function scopeSelector(spec: JsonObject, resources: readonly string[]): FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  const selector = recordAt(spec, 'scopeSelector');
  const requirements = recordsAt(selector, 'matchExpressions');
  const errors = requirements.flatMap((requirement) => {
    const scope = textAt(requirement, 'scopeName');
    const operator = textAt(requirement, 'operator');
    return [
      ...(resourcesOfScope.has(scope) ? [] : [invalidValue(child(path, 'scopeName'), scope, 'unsupported scope')]),
      ...strangers(scope, resources).map(() => invalidValue(path, selector, 'unsupported scope applied to resource')),
      ...(plainScopes.has(scope) && operator !== 'Exists' ? [invalidValue(child(path, 'operator'), operator, mustExist)] : []),
      ...scopeOperator(requirement, path),
    ];
  });
  const scopes = requirements.map((requirement) => textAt(requirement, 'scopeName'));
  return [...errors, ...conflicts(scopes, path, spec.scopes ?? null)];
}

export function validateResourceQuota(quota: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(quota, 'spec');
  const hard = quantitiesAt(spec, 'hard');
  const resources = Object.keys(hard).sort();
  const errors = [...quotaResources(hard, 'spec.hard'), ...quotaScopes(spec, resources), ...scopeSelector(spec, resources)];
  const scopesOf = (object: JsonObject): string[] => [...new Set(textsAt(object, 'scopes'))].sort();
  if (old && !jsonEqual(scopesOf(spec), scopesOf(recordAt(old, 'spec')))) errors.push(invalidValue('spec.scopes', spec.scopes ?? null, 'field is immutable'));
  return errors;
}

/** The status of a quota: what is used of what. */
export const validateQuotaStatus = (quota: JsonObject): FieldError[] =>
  ['hard', 'used'].flatMap((field) => quotaResources(quantitiesAt(recordAt(quota, 'status'), field), child('status', field)));

const limitTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

function limitType(type: string, path: string): FieldError[] {
  const errors = invalidEach(qualifiedName(type), path, type);
  if (errors.length > 0 || type.includes('/') || limitTypes.has(type)) return errors;
  return [invalidValue(path, type, 'must be a standard limit type or fully qualified')];
}

/** How the bounds of one resource must lie to each other: the first may not be more than the second. */
const bounds: readonly (readonly [low: string, lowText: string, high: string, highText: string, field: string, shown: string])[] = [
  ['min', 'min value', 'max', 'max value', 'min', 'min'],
  ['min', 'min value', 'defaultRequest', 'default request value', 'defaultRequest', 'defaultRequest'],
  ['defaultRequest', 'default request value', 'max', 'max value', 'defaultRequest', 'defaultRequest'],
  ['defaultRequest', 'default request value', 'default', 'default limit value', 'defaultRequest', 'defaultRequest'],
  // The reference shows the bound of these two, not the default.
  ['min', 'min value', 'default', 'default value', 'default', 'min'],
  ['default', 'default value', 'max', 'max value', 'default', 'max'],
];

const maxMilliValue = ((1n << 63n) - 1n) / 1000n;

function ratioErrors(ratio: string, min: string | undefined, max: string | undefined, path: string): FieldError[] {
  const errors = compareQuantities(ratio, '1') < 0 ? [invalidValue(path, ratio, `ratio ${ratio} is less than 1`)] : [];
  if (min === undefined || max === undefined) return errors;
  const quantities = [ratio, min, max].map(parseQuantity);
  // Thousandths, unless they are too many for the reference's int64.
  const isExact = quantities.every((quantity) => quantity.value() < maxMilliValue);
  const [asked, low, high] = quantities.map((quantity) => Number(isExact ? quantity.milliValue() : quantity.value())) as [number, number, number];
  const limit = high / low;
  if (asked / (isExact ? 1000 : 1) > limit) errors.push(invalidValue(path, ratio, `ratio ${ratio} is greater than max/min = ${limit.toFixed(6)}`));
  return errors;
}

function limitBounds(limit: JsonObject, name: string, path: string): FieldError[] {
  const quantity = (field: string): string | undefined => quantitiesAt(limit, field)[name];
  const errors = bounds.flatMap(([low, lowText, high, highText, field, shown]) => {
    const [a, b] = [quantity(low), quantity(high)];
    if (a === undefined || b === undefined || compareQuantities(a, b) <= 0) return [];
    return [invalidValue(key(child(path, field), name), quantity(shown), `${lowText} ${a} is greater than ${highText} ${b}`)];
  });
  const ratio = quantity('maxLimitRequestRatio');
  if (ratio !== undefined) errors.push(...ratioErrors(ratio, quantity('min'), quantity('max'), key(child(path, 'maxLimitRequestRatio'), name)));
  const [given, request] = [quantity('default'), quantity('defaultRequest')];
  if (!allowsOvercommit(name) && given !== undefined && request !== undefined && compareQuantities(given, request) !== 0)
    errors.push(
      invalidValue(key(child(path, 'defaultRequest'), name), request, `default value ${given} must equal to defaultRequest value ${request} in ${name}`),
    );
  return errors;
}

function limitItem(limit: JsonObject, path: string): FieldError[] {
  const type = textAt(limit, 'type');
  const nameRule = type === 'Pod' || type === 'Container' ? containerResourceName : resourceName;
  const names = (field: string): FieldError[] => Object.keys(recordAt(limit, field)).flatMap((name) => nameRule(name, key(child(path, field), name)));
  const defaults = ['default', 'defaultRequest'];
  const errors = [...names('max'), ...names('min')];
  for (const field of defaults) {
    if (type !== 'Pod') errors.push(...names(field));
    else if (Object.keys(recordAt(limit, field)).length > 0) errors.push(forbiddenField(child(path, field), "may not be specified when `type` is 'Pod'"));
  }
  if (type === 'PersistentVolumeClaim' && !has(recordAt(limit, 'min'), 'storage') && !has(recordAt(limit, 'max'), 'storage'))
    errors.push(required(child(path, 'limits'), 'either minimum or maximum storage value is required, but neither was provided'));
  errors.push(...names('maxLimitRequestRatio'));
  const fields = ['max', 'min', ...(type === 'Pod' ? [] : defaults), 'maxLimitRequestRatio'];
  const all = new Set(fields.flatMap((field) => Object.keys(recordAt(limit, field))));
  const considered = type === 'Pod' ? { ...limit, default: undefined, defaultRequest: undefined } : limit;
  return [...errors, ...[...all].flatMap((name) => limitBounds(considered, name, path))];
}

export function validateLimitRange(limitRange: JsonObject): FieldError[] {
  const types = new Set<string>();
  return recordsAt(recordAt(limitRange, 'spec'), 'limits').flatMap((limit, at) => {
    const path = index('spec.limits', at);
    const type = textAt(limit, 'type');
    const errors = limitType(type, child(path, 'type'));
    if (types.has(type)) errors.push(duplicate(child(path, 'type'), type));
    types.add(type);
    return [...errors, ...limitItem(limit, path)];
  });
}
