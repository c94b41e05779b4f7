/** Lists as Kubernetes added them: sums, extremes, searches. */
import * as types from '../types/type.js';
import { type Type, listOf } from '../types/type.js';
import { compareValues, equals, isComparable } from '../values/compare.js';
import { elementsOf } from '../values/map.js';
import { CelError, Double, Duration, ListValue, Uint, type Value, overloadErrorFor } from '../values/value.js';
import { A, type FunctionDeclaration, type Library, fn, member } from './declaration.js';
import { add } from './operators.js';

const { bool, dyn, int } = types;

const summable: readonly (readonly [string, Type, Value])[] = [
  ['int', types.int, 0],
  ['uint', types.uint, new Uint(0n)],
  ['double', types.double, new Double(0)],
  ['duration', types.duration, new Duration(0n)],
];
const comparable: readonly (readonly [string, Type])[] = [
  ['int', types.int],
  ['uint', types.uint],
  ['double', types.double],
  ['bool', types.bool],
  ['duration', types.duration],
  ['timestamp', types.timestamp],
  ['string', types.string],
  ['bytes', types.bytes],
];

function isSorted(list: Value): Value {
  let previous: Value | undefined;
  for (const element of elementsOf(list as ListValue)) {
    if (!isComparable(element)) return overloadErrorFor(element);
    if (previous !== undefined && compareValues(previous, element) === 1) return false;
    previous = element;
  }
  return true;
}

const sum =
  (zero: Value) =>
  (list: Value): Value => {
    let total = zero;
    for (const element of elementsOf(list as ListValue)) {
      total = add(total, element);
      // The reference says no more of overflows.
      if (total instanceof CelError) return total;
    }
    return total;
  };

const extreme =
  (name: string, replaces: -1 | 1) =>
  (list: Value): Value => {
    let best: Value | undefined;
    for (const element of elementsOf(list as ListValue)) {
      if (!isComparable(element)) return overloadErrorFor(element);
      if (best === undefined || compareValues(best, element) === replaces) best = element;
    }
    return best === undefined ? new CelError(`${name} called on empty list`) : best;
  };

const indexIn = (list: Value, element: Value): number => elementsOf(list as ListValue).findIndex((each) => equals(each, element) === true);
const lastIndexIn = (list: Value, element: Value): number => elementsOf(list as ListValue).findLastIndex((each) => equals(each, element) === true);

const functions: FunctionDeclaration[] = [
  fn('isSorted', ...comparable.map(([name, type]) => member(`list_${name}_is_sorted_bool`, [listOf(type)], bool, (list) => isSorted(list!)))),
  fn('sum', ...summable.map(([name, type, zero]) => member(`list_${name}_sum_${name}`, [listOf(type)], type, (list) => sum(zero)(list!)))),
  fn('max', ...comparable.map(([name, type]) => member(`list_${name}_max_${name}`, [listOf(type)], type, (list) => extreme('max', -1)(list!)))),
  fn('min', ...comparable.map(([name, type]) => member(`list_${name}_min_${name}`, [listOf(type)], type, (list) => extreme('min', 1)(list!)))),
  fn(
    'indexOf',
    member('list_a_index_of_int', [listOf(A), A], int, (list, element) => indexIn(list!, element!)),
  ),
  fn(
    'lastIndexOf',
    member('list_a_last_index_of_int', [listOf(A), A], int, (list, element) => lastIndexIn(list!, element!)),
  ),
];

/** `x.includes(y)`: y is an element of the list x, or is x. */
const includes = fn(
  'includes',
  member('list_includes_dyn_dyn', [dyn, dyn], bool, (target, element) =>
    target instanceof ListValue ? indexIn(target, element!) >= 0 : equals(target!, element!) === true,
  ),
);

export const kubernetesListsLibrary: Library = { name: 'kubernetes.lists', functions };
/** With what version 1.37 brought. */
export const kubernetesListsLibrary1: Library = { name: 'kubernetes.lists', functions: [...functions, includes] };
