/** Paths to fields and the errors that name them (k8s.io/apimachinery/pkg/util/validation/field). */
import { goQuote } from './go-text.js';
import { stringifyGoJson } from './json.js';

/** Joins a path: strings are child fields, numbers are list indexes. `path('spec', 'ports', 0, 'name')` is `spec.ports[0].name`. */
export function path(...steps: (string | number)[]): string {
  let text = '';
  for (const step of steps) text = typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`;
  return text;
}
/** `base.name`, or `name` at the root. */
export const child = (base: string, name: string): string => (base === '' ? name : `${base}.${name}`);
/** `base[3]`. */
export const index = (base: string, i: number): string => `${base}[${i}]`;
/** `base[key]`: a map's entry. */
export const key = (base: string, name: string): string => `${base}[${name}]`;

/** The values of a status cause's `reason` that validation gives. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooShort'
  | 'FieldValueTooMany'
  | 'FieldValueTooFew'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

const typeText: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

/** One thing wrong with one field. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  /** The offending value; left out of the text for the types that never show one, and when it is {@link omitValue}. */
  readonly badValue?: unknown;
  readonly detail: string;
}

/** As `badValue`: the text does not show the value. */
export const omitValue: unique symbol = Symbol('omitValue');

const valueless = new Set<FieldErrorType>(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong', 'FieldValueTooShort', 'InternalError']);

/** The sentence without the field's path: a status cause's `message`. */
export function fieldErrorBody({ type, badValue, detail }: FieldError): string {
  let text = typeText[type];
  if (!valueless.has(type) && badValue !== omitValue) text += `: ${typeof badValue === 'string' ? goQuote(badValue) : stringifyGoJson(badValue ?? null)}`;
  return detail === '' ? text : `${text}: ${detail}`;
}

/** The whole sentence: `spec.size: Invalid value: 99: should be less than 10`. */
export const fieldErrorText = (error: FieldError): string => `${error.field}: ${fieldErrorBody(error)}`;

export const invalidValue = (field: string, badValue: unknown, detail: string): FieldError => ({ type: 'FieldValueInvalid', field, badValue, detail });
export const typeInvalid = (field: string, badValue: unknown, detail: string): FieldError => ({ type: 'FieldValueTypeInvalid', field, badValue, detail });
export const required = (field: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field, badValue: '', detail });
export const forbiddenField = (field: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', field, badValue: '', detail });
export const duplicate = (field: string, badValue: unknown): FieldError => ({ type: 'FieldValueDuplicate', field, badValue, detail: '' });
export const notFoundValue = (field: string, badValue: unknown): FieldError => ({ type: 'FieldValueNotFound', field, badValue, detail: '' });
export const notSupported = (field: string, badValue: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  badValue,
  detail: supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`,
});
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
export const tooLong = (field: string, maxBytes: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: maxBytes < 0 ? 'value is too long' : `may not be more than ${count(maxBytes, 'byte', 'bytes')}`,
});
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  badValue: actual,
  detail: max < 0 ? 'has too many items' : `must have at most ${count(max, 'item', 'items')}`,
});
export const tooFew = (field: string, actual: number, min: number): FieldError => ({
  type: 'FieldValueTooFew',
  field,
  badValue: actual,
  detail: min < 0 ? 'has too few items' : `must have at least ${count(min, 'item', 'items')}`,
});
export const internalFieldError = (field: string, detail: string): FieldError => ({ type: 'InternalError', field, detail });
