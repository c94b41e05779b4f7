/** Lists: slices, sorting, ranges. */
import type { CallCost, CallEstimator, CostRules } from '../cost/cost-rules.js';
import { type Range, estimatedSize, fixed, largest, multiplySizes, plusCost, sizeCost } from '../cost/estimates.js';
import type { EstimatedNode } from '../cost/estimate.js';
import { listCost, sizeOf, traversalFactor } from '../cost/sizes.js';
import { listMacros } from '../syntax/macros.js';
import * as types from '../types/type.js';
import { type Type, dynList, listOf } from '../types/type.js';
import { EvaluationPanic, goTypeName } from '../values/go-type.js';
import { compareValues, equals, isComparable } from '../values/compare.js';
import { elementsOf } from '../values/map.js';
import { ArrayList, CelError, type Int, ListValue, type Value, typeOf } from '../values/value.js';
import { type FunctionDeclaration, type Implementation, type Library, T, fn, global, member } from './declaration.js';
import { unsupported } from './operators.js';

const { int } = types;
const list = listOf(T);
const comparable: readonly Type[] = [types.int, types.uint, types.double, types.bool, types.duration, types.timestamp, types.string, types.bytes];

function slice(value: ListValue, start: Int, end: Int): Value {
  const cannot = (why: string): CelError => new CelError(`cannot slice(${start}, ${end}), ${why}`);
  if (start < 0 || end < 0) return cannot('negative indexes not supported');
  if (start > end) return cannot('start index must be less than or equal to end index');
  if (value.size < end) return cannot(`list is length ${value.size}`);
  return new ArrayList(elementsOf(value).slice(Number(start), Number(end)));
}

function flatten(value: ListValue, depth: Int): Value {
  if (depth < 0) return new CelError('level must be non-negative');
  const found: Value[] = [];
  const collect = (each: ListValue, levels: number): void => {
    for (const element of elementsOf(each)) {
      if (element instanceof ListValue && levels > 0) collect(element, levels - 1);
      else found.push(element);
    }
  };
  collect(value, Number(depth));
  return new ArrayList(found);
}

function sortBy(value: ListValue, keys: ListValue): Value {
  if (value.size !== keys.size)
    return new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${value.size} and ${keys.size} elements respectively`,
    );
  if (value.size === 0) return value;
  const sortKeys = elementsOf(keys);
  if (!isComparable(sortKeys[0]!)) return new CelError('list elements must be comparable');
  const { name } = typeOf(sortKeys[0]!);
  if (sortKeys.some((key) => typeOf(key).name !== name)) return new CelError('list elements must have the same type');
  const order = sortKeys
    .map((_, i) => i)
    .sort((a, b) => (compareValues(sortKeys[a]!, sortKeys[b]!) === -1 ? -1 : compareValues(sortKeys[b]!, sortKeys[a]!) === -1 ? 1 : 0));
  return new ArrayList(order.map((i) => value.at(i)));
}

const maxRange = 1_000_000;

function range(size: Int): Value {
  if (size < 0) return new CelError(`lists.range: size must be non-negative, got ${size}`);
  if (size > maxRange) return new CelError(`lists.range: size ${size} exceeds maximum allowed (${maxRange})`);
  return new ArrayList(Array.from({ length: Number(size) }, (_, i) => i));
}

function distinct(value: ListValue): Value {
  const found: Value[] = [];
  for (const element of elementsOf(value)) if (!found.some((other) => equals(element, other) === true)) found.push(element);
  return value.size === 0 ? value : new ArrayList(found);
}

/** Lists only, of whatever elements. */
const ofLists =
  (name: string, run: (value: ListValue, other: Value) => Value): Implementation =>
  (value, other) =>
    value instanceof ListValue ? run(value, other!) : unsupported(name, value!);

const functions: FunctionDeclaration[] = [
  fn(
    'slice',
    member('list_slice', [list, int, int], list, (value, start, end) => slice(value as ListValue, start as Int, end as Int)),
  ),
  {
    ...fn(
      'flatten',
      member('list_flatten', [listOf(list)], list, (value) => (value instanceof ListValue ? flatten(value, 1) : noFlatten(value!))),
      member('list_flatten_int', [dynList, int], dynList, (value, depth) =>
        value instanceof ListValue && (typeof depth === 'number' || typeof depth === 'bigint') ? flatten(value, depth) : noFlatten(value!, depth),
      ),
    ),
    isUnguarded: true,
  },
  {
    ...fn('sort', ...comparable.map((type) => member(`list_${type.name}_sort`, [listOf(type)], listOf(type)))),
    run: ofLists('sort', (value) => sortBy(value, value)),
  },
  {
    ...fn('@sortByAssociatedKeys', ...comparable.map((type) => member(`list_${type.name}_sortByAssociatedKeys`, [list, listOf(type)], list))),
    run: ofLists('@sortByAssociatedKeys', (value, keys) => sortBy(value, keys as ListValue)),
  },
  fn(
    'lists.range',
    global('lists_range', [int], listOf(int), (size) => range(size as Int)),
  ),
  fn(
    'reverse',
    member('list_reverse', [list], list, (value) => new ArrayList(elementsOf(value as ListValue).reverse())),
  ),
  fn(
    'distinct',
    member('list_distinct', [list], list, (value) => distinct(value as ListValue)),
  ),
];

function noFlatten(value: Value, depth?: Value): CelError {
  if (value instanceof CelError) return value;
  return new CelError(`no such overload: ${typeOf(value)}.flatten(${depth === undefined ? '' : typeOf(depth)})`);
}

/** What no uint64 holds is half of what one holds: so the reference's machine has it. */
function newList(size: number, factor: number): number {
  const cost = Math.trunc(size * factor);
  return (cost >= largest ? largest / 2 : cost) + 1 + listCost;
}
const ofResult: CallCost = (_args, result) => newList(sizeOf(result), 1);
/** Every element is compared with every other. */
const selfCompare = (value: Value): number => {
  if (!(value instanceof ListValue))
    throw new EvaluationPanic(`interface conversion: ${goTypeName(value)} is not traits.Lister: missing method ${firstMissing(value)}`);
  const first = value.size > 0 ? value.at(0) : undefined;
  const isLong = typeof first === 'string' || first instanceof Uint8Array;
  return newList(sizeOf(value) ** 2, isLong ? 2 + traversalFactor : 2);
};

/** The first method of lists, by name, that the reference's type does not have. */
const firstMissing = (value: Value): string => (withAdd.has(typeOf(value).name) ? 'Contains' : 'Add');
const withAdd: ReadonlySet<string> = new Set([...comparable.map(({ name }) => name)].filter((name) => name !== 'bool'));
const newListEstimate = (factor: number, size: Range): ReturnType<CallEstimator> => ({ cost: plusCost(sizeCost(size, factor), 1 + listCost), size });
/** The number that the argument is, if it is known. */
function literalNumber({ expr }: EstimatedNode, otherwise: number): number {
  if (expr?.kind !== 'literal' || (typeof expr.value !== 'number' && typeof expr.value !== 'bigint')) return otherwise;
  return Math.max(Number(expr.value), 0);
}
const flattenEstimate: CallEstimator = (target, [depth]) => target && newListEstimate(depth ? literalNumber(depth, largest) : 1, estimatedSize(target));
const sortEstimate = (node: EstimatedNode, { kind }: Type): ReturnType<CallEstimator> => {
  const size = estimatedSize(node);
  return newListEstimate(kind === 'string' || kind === 'bytes' ? 2 + traversalFactor : 2, multiplySizes(size, size));
};

const costs: CostRules = {
  runtime: {
    list_slice: ofResult,
    list_reverse: ofResult,
    lists_range: ofResult,
    list_flatten: ([value]) => newList(sizeOf(value!), 1),
    list_flatten_int: ([value, depth]) => {
      if (typeof depth !== 'number' && typeof depth !== 'bigint')
        throw new EvaluationPanic(`interface conversion: ref.Val is ${goTypeName(depth!)}, not types.Int`);
      return newList(sizeOf(value!), depth < 0 ? 1 : Number(depth));
    },
    list_distinct: ([value]) => selfCompare(value!),
    ...Object.fromEntries(
      comparable.flatMap(({ name }): [string, CallCost][] => [
        [`list_${name}_sort`, ([value]) => selfCompare(value!)],
        [`list_${name}_sortByAssociatedKeys`, ([, keys]) => selfCompare(keys!)],
      ]),
    ),
  },
  estimate: {
    list_slice: (target, [start, end]) => {
      if (!target || !start || !end) return undefined;
      const size = literalNumber(end, estimatedSize(target).max) - literalNumber(start, 0);
      // Below zero the reference's unsigned number is a large one.
      return newListEstimate(1, fixed(size < 0 ? largest + size : size));
    },
    lists_range: (_target, [size]) => size && newListEstimate(1, fixed(literalNumber(size, largest))),
    list_reverse: (target) => target && newListEstimate(1, estimatedSize(target)),
    list_flatten: flattenEstimate,
    list_flatten_int: flattenEstimate,
    list_distinct: (target) => target && newListEstimate(2, multiplySizes(estimatedSize(target), estimatedSize(target))),
    ...Object.fromEntries(
      comparable.flatMap((type): [string, CallEstimator][] => [
        [`list_${type.name}_sort`, (target) => target && sortEstimate(target, type)],
        [`list_${type.name}_sortByAssociatedKeys`, (target, [keys]) => target && keys && sortEstimate(keys, type)],
      ]),
    ),
  },
};

export const listsLibrary: Library = { name: 'cel.lib.ext.lists', functions, macros: listMacros, costs };
