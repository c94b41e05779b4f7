/** The findings that the reference words (kube-openapi/pkg/validation/errors, as apiextensions turns them into field errors). */
import { goQuote, invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from '@apiserver-kit/machinery';
import type { Finding } from './findings.js';
import { goJson, sortedMembers } from './go-values.js';

/** `value` is what the field has, as far as it is shown. */
const invalid = (path: string, value: unknown, text: string): Finding => ({ text, path, toError: (field) => invalidValue(field, value, text) });

/** Said of the object as a whole: the reference loses the path on the way. */
const ofWhole = (text: string): Finding => ({ text, path: undefined, toError: (field) => invalidValue(field, '', text) });

const inBody = (path: string, claim: string): string => `${path} in body ${claim}`;

export const wrongType = (path: string, expected: string, actual: string): Finding => {
  const text = inBody(path, `must be of type ${expected}: ${goQuote(actual)}`);
  return { text, path, toError: (field) => typeInvalid(field, actual, text) };
};

export const missing = (path: string): Finding => ({ text: inBody(path, 'is required'), path, toError: (field) => required(field) });

export const longerThan = (path: string, max: number): Finding => ({
  text: inBody(path, `should be at most ${max} chars long`),
  path,
  toError: (field) => tooLong(field, max),
});

export const shorterThan = (path: string, min: number, value: string): Finding => invalid(path, value, inBody(path, `should be at least ${min} chars long`));

export const notMatching = (path: string, pattern: string, value: string): Finding => invalid(path, value, inBody(path, `should match '${pattern}'`));

export const notInEnum = (path: string, value: unknown, values: readonly unknown[]): Finding => {
  const supported = values.map((allowed) => (typeof allowed === 'string' ? allowed : goJson(allowed)));
  return {
    text: inBody(path, `should be one of [${supported.join(' ')}]`),
    path,
    toError: (field) => notSupported(field, sortedMembers(value), supported),
  };
};

export const tooManyItems = (path: string, count: number, max: number): Finding => ({
  text: inBody(path, `should have at most ${max} items`),
  path,
  toError: (field) => tooMany(field, count, max),
});

export const tooFewItems = (path: string, count: number, min: number): Finding => invalid(path, count, inBody(path, `should have at least ${min} items`));

export const tooManyProperties = (path: string, count: number, max: number): Finding => ({
  text: inBody(path, `should have at most ${max} properties`),
  path,
  toError: (field) => tooMany(field, count, max),
});

export const tooFewProperties = (path: string, count: number, min: number): Finding =>
  invalid(path, count, inBody(path, `should have at least ${min} properties`));

export const duplicateItems = (path: string): Finding => invalid(path, '', inBody(path, "shouldn't contain duplicates"));

export const forbiddenProperty = (path: string, name: string): Finding => invalid(path, name, `${path}.${name} in body is a forbidden property`);

export const outOfBounds = (path: string, value: unknown, claim: string): Finding => invalid(path, value, inBody(path, claim));

export const factorNotPositive = (path: string, factor: number | bigint, shown: string): Finding =>
  invalid(path, factor, `factor MultipleOf declared for ${path} must be positive: ${shown}`);

/** `what`: the value itself, or the bound that it is compared with. */
export const outOfRange = (path: string, what: string, type: string, format: string | undefined): Finding =>
  ofWhole(`${what} value must be of type ${type} ${format === undefined ? '(default format)' : `with format ${format}`} in ${path}`);

export const noneOfAny = (path: string): Finding => ofWhole(`${goQuote(path)} must validate at least one schema (anyOf)`);

export const notOneOf = (path: string, valid: number): Finding =>
  ofWhole(`${goQuote(path)} must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`);

export const notAllOf = (path: string, valid: number): Finding =>
  ofWhole(`${goQuote(path)} must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);

export const isNot = (path: string): Finding => ofWhole(`${goQuote(path)} must not validate the schema (not)`);
