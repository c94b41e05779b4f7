/** Classes that others name: StorageClass, PriorityClass, RuntimeClass (pkg/apis/{storage,scheduling,node}/validation). */
import {
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  nameIsDNSLabel,
  notSupported,
  qualifiedName,
  required,
  tooLong,
  validateLabels,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { toleration } from './pod-spec.js';
import { containerResourceName, nonNegativeQuantity } from './quantities.js';
import { immutable, invalidEach, oneOf } from './rules.js';

const maxParameters = 512;
const maxParametersBytes = 256 * 1024;

function storageParameters(parameters: Readonly<Record<string, unknown>>): FieldError[] {
  const path = 'parameters';
  const entries = Object.entries(parameters);
  if (entries.length > maxParameters) return [tooLong(path, maxParameters)];
  const errors = entries.flatMap(([name]) => (name === '' ? [invalidValue(path, name, 'field can not be empty.')] : []));
  const bytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(value)), 0);
  return bytes > maxParametersBytes ? [...errors, tooLong(path, maxParametersBytes)] : errors;
}

function topologyExpression(expression: JsonObject, path: string, keys: Set<string>): FieldError[] {
  const [name, values] = [textAt(expression, 'key'), textsAt(expression, 'values')];
  const errors: FieldError[] = values.length === 0 ? [required(child(path, 'values'))] : [];
  const seen = new Set<string>();
  values.forEach((value, at) => {
    const valuePath = index(child(path, 'values'), at);
    if (seen.has(value)) errors.push(duplicate(valuePath, value));
    seen.add(value);
  });
  errors.push(...invalidEach(qualifiedName(name), child(path, 'key'), name));
  if (keys.has(name)) errors.push(duplicate(child(path, 'key'), name));
  keys.add(name);
  return errors;
}

/** Which values each key of a term may have, to compare terms by. */
const asSets = (term: JsonObject): unknown =>
  Object.fromEntries(recordsAt(term, 'matchLabelExpressions').map((expression) => [textAt(expression, 'key'), [...textsAt(expression, 'values')].sort()]));

function allowedTopologies(terms: readonly JsonObject[]): FieldError[] {
  return terms.flatMap((term, at) => {
    const path = child(index('allowedTopologies', at), 'matchLabelExpressions');
    const keys = new Set<string>();
    const errors = recordsAt(term, 'matchLabelExpressions').flatMap((expression, i) => topologyExpression(expression, index(path, i), keys));
    if (terms.slice(0, at).some((other) => jsonEqual(asSets(other), asSets(term)))) errors.push(duplicate(path, ''));
    return errors;
  });
}

const reclaimPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

export function validateStorageClass(storageClass: JsonObject, old: JsonObject | undefined): FieldError[] {
  const [provisioner, reclaimPolicy, mode] = [
    textAt(storageClass, 'provisioner'),
    textAt(storageClass, 'reclaimPolicy'),
    textAt(storageClass, 'volumeBindingMode'),
  ];
  return [
    ...(provisioner === '' ? [required('provisioner')] : invalidEach(qualifiedName(provisioner.toLowerCase()), 'provisioner', provisioner.toLowerCase())),
    ...storageParameters(recordAt(storageClass, 'parameters')),
    ...(reclaimPolicy !== '' && !reclaimPolicies.includes(reclaimPolicy) ? [notSupported('reclaimPolicy', reclaimPolicy, reclaimPolicies)] : []),
    ...(bindingModes.includes(mode) ? [] : [notSupported('volumeBindingMode', mode, bindingModes)]),
    ...allowedTopologies(recordsAt(storageClass, 'allowedTopologies')),
    ...(old ? ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'].flatMap((field) => immutable(storageClass[field], old[field], field)) : []),
  ];
}

const systemPrefix = 'system-';
const maxUserPriority = 1_000_000_000;
const systemPriorities: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

/** What is wrong with a class that has a name of the system's. */
function systemClass(name: string, value: number, isDefault: boolean): string | undefined {
  const wanted = systemPriorities[name];
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if (value !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return isDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function validatePriorityClass(priorityClass: JsonObject, old: JsonObject | undefined): FieldError[] {
  const value = numberAt(priorityClass, 'value');
  if (old) {
    return [
      ...(value === numberAt(old, 'value') ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
      ...immutable(priorityClass.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
    ];
  }
  const name = textAt(recordAt(priorityClass, 'metadata'), 'name');
  const errors: FieldError[] = [];
  if (name.startsWith(systemPrefix)) {
    const why = systemClass(name, value, priorityClass.globalDefault === true);
    if (why) errors.push(forbiddenField('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`));
  } else if (value > maxUserPriority) errors.push(forbiddenField('value', `maximum allowed value of a user defined priority is ${maxUserPriority}`));
  return [...errors, ...oneOf(textAt(priorityClass, 'preemptionPolicy'), ['PreemptLowerPriority', 'Never'], 'preemptionPolicy')];
}

function scheduling(value: JsonObject): FieldError[] {
  const path = 'scheduling.tolerations';
  const tolerations = recordsAt(value, 'tolerations');
  const identity = (one: JsonObject): unknown => ['key', 'operator', 'value', 'effect'].map((field) => textAt(one, field));
  return [
    ...validateLabels(recordAt(value, 'nodeSelector') as Record<string, string>, 'scheduling.nodeSelector'),
    ...tolerations.flatMap((one, at) => toleration(one, index(path, at))),
    ...tolerations.flatMap((one, at) =>
      tolerations.slice(0, at).some((other) => jsonEqual(identity(other), identity(one))) ? [duplicate(index(path, at), one)] : [],
    ),
  ];
}

export function validateRuntimeClass(runtimeClass: JsonObject, old: JsonObject | undefined): FieldError[] {
  const handler = textAt(runtimeClass, 'handler');
  const errors: FieldError[] = handler === '' ? [required('handler')] : invalidEach(nameIsDNSLabel(handler), 'handler', handler);
  for (const [name, quantity] of Object.entries(recordAt(recordAt(runtimeClass, 'overhead'), 'podFixed')).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const path = `overhead.limits[${name}]`;
    errors.push(...containerResourceName(name, path), ...nonNegativeQuantity(String(quantity), path));
  }
  if (has(runtimeClass, 'scheduling')) errors.push(...scheduling(recordAt(runtimeClass, 'scheduling')));
  return old ? [...errors, ...immutable(handler, textAt(old, 'handler'), 'handler')] : errors;
}
