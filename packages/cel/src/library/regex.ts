/** Searches by regular expressions. */
import * as types from '../types/type.js';
import { listOf } from '../types/type.js';
import { compileRegex } from '../values/regex.js';
import { ArrayList, CelError, type Int, type Value } from '../values/value.js';
import { type Library, fn, member } from './declaration.js';

const { int, string } = types;

const illegal = ({ message }: CelError): CelError => new CelError(`Illegal regex: ${message}`);

function find(text: Value, pattern: Value): Value {
  const regex = compileRegex(pattern as string);
  return regex instanceof CelError ? illegal(regex) : regex.find(text as string);
}

function findAll(text: Value, pattern: Value, limit: Int): Value {
  const regex = compileRegex(pattern as string);
  return regex instanceof CelError ? illegal(regex) : new ArrayList(regex.findAll(text as string, Number(limit)));
}

export const regexLibrary: Library = {
  name: 'kubernetes.regex',
  functions: [
    fn(
      'find',
      member('string_find_string', [string, string], string, (text, pattern) => find(text!, pattern!)),
    ),
    fn(
      'findAll',
      member('string_find_all_string', [string, string], listOf(string), (text, pattern) => findAll(text!, pattern!, -1)),
      member('string_find_all_string_int', [string, string, int], listOf(string), (text, pattern, limit) => findAll(text!, pattern!, limit as Int)),
    ),
  ],
};
