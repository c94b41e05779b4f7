/** Rules that the kinds share, each with the reference's message. Objects must fit their types and have their defaults. */
import { isIP } from 'node:net';
import {
  child,
  dns1123Label,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  key,
  labelValue,
  notSupported,
  percent,
  portName,
  portNumber,
  qualifiedName,
  required,
  validateLabels,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';

/** Checks a value; `path` is where it stands. */
export type Rule<T> = (value: T, path: string) => FieldError[];

/** An error for each message. */
export const invalidEach = (messages: readonly string[], path: string, value: unknown): FieldError[] =>
  messages.map((message) => invalidValue(path, value, message));

export const nonNegative = (value: number, path: string): FieldError[] => (value < 0 ? [invalidValue(path, value, 'must be greater than or equal to 0')] : []);

/** {@link nonNegative} for those of the fields that are there. */
export const nonNegativeFields = (object: JsonObject, path: string, ...names: string[]): FieldError[] =>
  names.flatMap((name) => (has(object, name) ? nonNegative(Number(object[name]), child(path, name)) : []));

/** A text that must be one of some. */
export function oneOf(value: string, allowed: readonly string[], path: string): FieldError[] {
  if (value === '') return [required(path)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

export const dnsLabel: Rule<string> = (value, path) => invalidEach(dns1123Label(value), path, value);

/** A field that keeps the value it was created with. `shown` is how the reference prints the new value, where it is not as JSON. */
export const immutable = (value: unknown, old: unknown, path: string, shown: unknown = value): FieldError[] =>
  jsonEqual(value ?? null, old ?? null) ? [] : [invalidValue(path, shown ?? null, 'field is immutable')];

/** The value as the reference prints structs of its internal types: by Go names. `fields` maps Go name → JSON name, in the order of the struct. */
export const goStruct = (value: JsonObject, fields: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).map(([goName, name]) => [goName, value[name] ?? null]));

export const portOrName: Rule<unknown> = (value, path) =>
  typeof value === 'string' ? invalidEach(portName(value), path, value) : invalidEach(portNumber(Number(value)), path, value);

export const ipAddress: Rule<string> = (value, path) =>
  isIP(value) ? [] : [invalidValue(path, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];

/** A number, or a percentage. */
export const intOrPercent: Rule<unknown> = (value, path) =>
  typeof value === 'string' ? invalidEach(percent(value), path, value) : nonNegative(Number(value), path);

/** The number, without its percent sign. */
export const intOrPercentValue = (value: unknown): number => (typeof value === 'string' ? Number.parseInt(value, 10) || 0 : Number(value ?? 0));

export const atMost100Percent: Rule<unknown> = (value, path) =>
  typeof value === 'string' && percent(value).length === 0 && intOrPercentValue(value) > 100
    ? [invalidValue(path, value, 'must not be greater than 100%')]
    : [];

function selectorRequirement(requirement: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const values = textsAt(requirement, 'values');
  const valuesPath = child(path, 'values');
  switch (requirement.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.push(required(valuesPath, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) errors.push(forbiddenField(valuesPath, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    default:
      errors.push(invalidValue(child(path, 'operator'), requirement.operator ?? '', 'not a valid selector operator'));
  }
  const name = textAt(requirement, 'key');
  errors.push(...invalidEach(qualifiedName(name), child(path, 'key'), name));
  return [...errors, ...values.flatMap((value, at) => invalidEach(labelValue(value), index(valuesPath, at), value))];
}

/** A metav1.LabelSelector; absent ones pass. */
export function labelSelectorRule(selector: JsonObject | undefined | null, path: string): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(recordAt(selector, 'matchLabels') as Record<string, string>, child(path, 'matchLabels')),
    ...recordsAt(selector, 'matchExpressions').flatMap((requirement, at) => selectorRequirement(requirement, index(child(path, 'matchExpressions'), at))),
  ];
}

export const isEmptySelector = (selector: JsonObject): boolean =>
  Object.keys(recordAt(selector, 'matchLabels')).length + recordsAt(selector, 'matchExpressions').length === 0;

/** Keys of a map, each by a rule, in the order of the keys. */
export const eachKey = (map: JsonObject, path: string, rule: (name: string) => readonly string[]): FieldError[] =>
  Object.keys(map)
    .sort()
    .flatMap((name) => invalidEach(rule(name), key(path, name), name));
