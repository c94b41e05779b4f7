/** Resources of containers: their names, and that requests stay within limits. */
import { child, type FieldError, invalidValue, type JsonObject, key, parseQuantity, qualifiedName, required } from '@apiserver-kit/machinery';
import { recordAt } from '../types/read.js';
import { invalidEach } from './rules.js';

/** Negative, zero or positive, as the first is less, the same or more. */
export const compareQuantities = (a: string, b: string): number => parseQuantity(a).compare(parseQuantity(b));

/** The reference looks at the thousandths that an int64 holds. */
export const isIntegerQuantity = (quantity: string): boolean => parseQuantity(quantity).milliValue() % 1000n === 0n;

/** A quantity that is not below zero. */
export const nonNegativeQuantity = (quantity: string, path: string): FieldError[] =>
  parseQuantity(quantity).sign < 0 ? [invalidValue(path, quantity, 'must be greater than or equal to 0')] : [];

export const positiveQuantity = (quantity: string, path: string): FieldError[] =>
  parseQuantity(quantity).sign <= 0 ? [invalidValue(path, quantity, 'must be greater than zero')] : [];

const standardResources = new Set([
  ...['cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory'],
  ...['limits.ephemeral-storage', 'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps'],
  ...['services.nodeports', 'services.loadbalancers', 'requests.storage', 'storage'],
]);
const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
/** Resources of which no more can be requested than there is. */
export const allowsOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

const wholeResources = new Set([
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims'],
  ...['services.nodeports', 'services.loadbalancers'],
]);
const isHugePagesOfQuota = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');
const isExtended = (name: string): boolean => !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;

/** Resources without a domain that a quota can limit. */
export const isQuotaResource = (name: string): boolean => (standardResources.has(name) && name !== 'storage') || isHugePagesOfQuota(name);
/** Resources of which there is no part. */
export const isWholeResource = (name: string): boolean => wholeResources.has(name) || isExtended(name);

/** The name of any resource. */
export function resourceName(name: string, path: string): FieldError[] {
  const errors = invalidEach(qualifiedName(name), path, name);
  if (errors.length > 0 || name.includes('/') || standardResources.has(name) || isHugePagesOfQuota(name)) return errors;
  return [invalidValue(path, name, 'must be a standard resource type or fully qualified')];
}

/** The name of a resource that a container can ask for. */
export function containerResourceName(name: string, path: string): FieldError[] {
  const messages = qualifiedName(name);
  const errors = invalidEach(messages, path, name);
  const invalid = (detail: string): void => void errors.push(invalidValue(path, name, detail));
  const isStandard = standardResources.has(name) || isHugePages(name);
  if (!name.includes('/')) {
    if (messages.length === 0 && !isStandard) invalid('must be a standard resource type or fully qualified');
    if (!containerResources.has(name) && !isHugePages(name)) invalid('must be a standard resource for containers');
  } else if (!isNative(name) && (name.startsWith('requests.') || qualifiedName(`requests.${name}`).length > 0))
    invalid("doesn't follow extended resource name standard");
  return errors;
}

/** `resources` of a container. */
export function validateContainerResources(resources: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [limits, requests] = [recordAt(resources, 'limits') as Record<string, string>, recordAt(resources, 'requests') as Record<string, string>];
  const [limitsPath, requestsPath] = [child(path, 'limits'), child(path, 'requests')];
  const each = (name: string, quantity: string, at: string): void => {
    errors.push(...containerResourceName(name, key(at, name)), ...nonNegativeQuantity(quantity, key(at, name)));
    if (!allowsOvercommit(name) && !isHugePages(name) && !isIntegerQuantity(quantity)) errors.push(invalidValue(key(at, name), quantity, 'must be an integer'));
  };
  for (const name of Object.keys(limits)) each(name, limits[name]!, limitsPath);
  for (const name of Object.keys(requests)) {
    each(name, requests[name]!, requestsPath);
    const [request, limit] = [requests[name]!, limits[name]];
    if (limit === undefined) {
      if (!allowsOvercommit(name)) errors.push(required(limitsPath, 'Limit must be set for non overcommitable resources'));
    } else if (!allowsOvercommit(name) && compareQuantities(request, limit) !== 0)
      errors.push(invalidValue(requestsPath, request, `must be equal to ${name} limit of ${limit}`));
    else if (compareQuantities(request, limit) > 0) errors.push(invalidValue(requestsPath, request, `must be less than or equal to ${name} limit of ${limit}`));
  }
  return errors;
}
