/** Reading recorded answers and comparing ours with them. */
import { parseJson, stringifyJson } from '@apiserver-kit/machinery';

/** JSON with integers beyond 2^53 kept. */
export const parse = parseJson;

const maxShown = 600;
/** A value for a message. */
export function show(value) {
  const text = value === undefined ? 'nothing' : stringifyJson(value);
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

const isObject = (value) => typeof value === 'object' && value !== null;
const fieldsOf = (value) => Object.keys(value).filter((key) => value[key] !== undefined);

// The reference lists errors in the order of a Go map here and there, and the recordings sort them by text: sets are compared.
const byText = (errors) => [...errors].sort((a, b) => (a.error < b.error ? -1 : a.error > b.error ? 1 : 0));
const isErrorList = (key, value) => key === 'errors' && Array.isArray(value) && value.every((item) => isObject(item) && typeof item.error === 'string');

/** Whether two JSON values are equal; a field that is undefined counts as absent, and a list of errors as a set. */
export function isSame(expected, actual, key = '') {
  if (expected === actual) return true;
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual)) return false;
  if (Array.isArray(expected)) {
    if (expected.length !== actual.length) return false;
    const [left, right] = isErrorList(key, expected) && isErrorList(key, actual) ? [byText(expected), byText(actual)] : [expected, actual];
    return left.every((item, at) => isSame(item, right[at]));
  }
  const fields = fieldsOf(expected);
  return fields.length === fieldsOf(actual).length && fields.every((field) => Object.hasOwn(actual, field) && isSame(expected[field], actual[field], field));
}
