/** Optional values: `a.?b`, `optional.of(x)`. */
import { optionalMacros } from '../syntax/macros.js';
import * as types from '../types/type.js';
import { dynOptional, listOf, mapOf, optionalOf, typeParam } from '../types/type.js';
import { elementsOf } from '../values/map.js';
import { printValue } from '../values/print.js';
import { ArrayList, CelError, Double, Duration, ListValue, MapValue, ObjectValue, Optional, Timestamp, Uint, type Value } from '../values/value.js';
import { type Library, fn, global, member } from './declaration.js';

const { bool, dyn, int, string } = types;
const K = typeParam('K');
const V = typeParam('V');
const optional = optionalOf(V);
const list = listOf(V);
const map = mapOf(K, V);

/** Whether it is what the type has where nothing is set. */
export function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.seconds === -62_135_596_800 && value.nanos === 0;
  return (value instanceof ListValue || value instanceof MapValue) && !(value instanceof ObjectValue) && value.size === 0;
}

function contentOf({ content }: Optional): Value {
  return content === undefined ? new CelError('optional.none() dereference') : content;
}

function unwrap(value: Value): Value {
  const found: Value[] = [];
  for (const element of elementsOf(value as ListValue)) {
    if (!(element instanceof Optional)) return new CelError(`value ${printValue(element)} is not optional`);
    if (element.content !== undefined) found.push(element.content);
  }
  return new ArrayList(found);
}

const elementAt =
  (index: (size: number) => number) =>
  (value: Value): Value => {
    const { size } = value as ListValue;
    return size === 0 ? Optional.none : new Optional((value as ListValue).at(index(size)));
  };

export const optionalLibrary: Library = {
  name: 'cel.lib.optional',
  macros: optionalMacros,
  types: [dynOptional],
  functions: [
    fn(
      'optional.of',
      global('optional_of', [V], optional, (value) => new Optional(value)),
    ),
    fn(
      'optional.ofNonZeroValue',
      global('optional_ofNonZeroValue', [V], optional, (value) => (isZero(value!) ? Optional.none : new Optional(value))),
    ),
    fn(
      'optional.none',
      global('optional_none', [], optional, () => Optional.none),
    ),
    fn(
      'value',
      member('optional_value', [optional], V, (value) => contentOf(value as Optional)),
    ),
    fn(
      'hasValue',
      member('optional_hasValue', [optional], bool, (value) => (value as Optional).content !== undefined),
    ),
    // Both are compiled in place: their second operand is evaluated only if it is needed.
    fn('or', member('optional_or_optional', [optional, optional], optional)),
    fn('orValue', member('optional_orValue_value', [optional, V], V)),
    fn('_?._', global('select_optional_field', [dyn, string], optional)),
    fn(
      '_[?_]',
      global('list_optindex_optional_int', [list, int], optional),
      global('optional_list_optindex_optional_int', [optionalOf(list), int], optional),
      global('map_optindex_optional_value', [map, K], optional),
      global('optional_map_optindex_optional_value', [optionalOf(map), K], optional),
    ),
    fn('_[_]', global('optional_list_index_int', [optionalOf(list), int], optional), global('optional_map_index_value', [optionalOf(map), K], optional)),
    fn(
      'last',
      member('list_last', [list], optional, (value) => elementAt((size) => size - 1)(value!)),
    ),
    fn(
      'first',
      member('list_first', [list], optional, (value) => elementAt(() => 0)(value!)),
    ),
    fn(
      'optional.unwrap',
      global('optional_unwrap', [listOf(optional)], list, (value) => unwrap(value!)),
    ),
    fn(
      'unwrapOpt',
      member('optional_unwrapOpt', [listOf(optional)], list, (value) => unwrap(value!)),
    ),
  ],
};
