/** The order of values, and whether they are equal. */
import { Type } from '../types/type.js';
import { compareText } from './text.js';
import {
  CelError,
  Double,
  Duration,
  type Int,
  ListValue,
  MapValue,
  ObjectValue,
  Optional,
  Timestamp,
  Uint,
  type Value,
  isInt,
  overloadErrorFor,
} from './value.js';

type Order = -1 | 0 | 1;
const order = <T extends number | bigint>(a: T, b: T): Order => (a < b ? -1 : a > b ? 1 : 0);

const nanOrder = new CelError('NaN values cannot be ordered');
const twoTo63 = 2 ** 63;
const twoTo64 = 2 ** 64;

const doubleToIntOrder = (a: number, b: Int): Order => (a < -twoTo63 ? -1 : a > twoTo63 ? 1 : order(a, Number(b)));
const doubleToUintOrder = (a: number, b: Uint): Order => (a < 0 ? -1 : a > twoTo64 ? 1 : order(a, Number(b.value)));
const reversed = (o: Order): Order => (0 - o) as Order;

/** -1, 0 or 1; an error where the two have no order. Numbers of different types are compared by what they mean. */
export function compareValues(a: Value, b: Value): Order | CelError {
  if (isInt(a)) {
    if (isInt(b)) return order(a as number, b as number);
    if (b instanceof Uint) return order(BigInt(a), b.value);
    if (b instanceof Double) return Number.isNaN(b.value) ? nanOrder : reversed(doubleToIntOrder(b.value, a));
    return overloadErrorFor(b);
  }
  if (typeof a === 'string') return typeof b === 'string' ? compareText(a, b) : overloadErrorFor(b);
  if (typeof a === 'boolean') return typeof b === 'boolean' ? order(Number(a), Number(b)) : overloadErrorFor(b);
  if (a instanceof Double) return compareDouble(a.value, b);
  if (a instanceof Uint) {
    if (b instanceof Uint) return order(a.value, b.value);
    if (isInt(b)) return order(a.value, BigInt(b));
    if (b instanceof Double) return Number.isNaN(b.value) ? nanOrder : reversed(doubleToUintOrder(b.value, a));
    return overloadErrorFor(b);
  }
  if (a instanceof Timestamp) return b instanceof Timestamp ? order(a.seconds, b.seconds) || order(a.nanos, b.nanos) : overloadErrorFor(b);
  if (a instanceof Duration) return b instanceof Duration ? order(a.nanos, b.nanos) : overloadErrorFor(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? (Buffer.compare(a, b) as Order) : overloadErrorFor(b);
  return overloadErrorFor(a);
}

function compareDouble(a: number, b: Value): Order | CelError {
  if (Number.isNaN(a)) return nanOrder;
  if (b instanceof Double) return Number.isNaN(b.value) ? nanOrder : order(a, b.value);
  if (isInt(b)) return doubleToIntOrder(a, b);
  if (b instanceof Uint) return doubleToUintOrder(a, b);
  return overloadErrorFor(b);
}

/** Whether values of the type have an order among themselves. */
export const isComparable = (value: Value): boolean =>
  isInt(value) ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value instanceof Double ||
  value instanceof Uint ||
  value instanceof Timestamp ||
  value instanceof Duration ||
  value instanceof Uint8Array;

/** `a == b` as the operator gives it: true, false, or an error. Null equals null alone. */
export const equalValues = (a: Value, b: Value): Value => (a === null || b === null ? a === b : equals(a, b));

/** As {@link equalValues}, but objects of schemas compare with null in their own way. */
export function equals(a: Value, b: Value): Value {
  switch (typeof a) {
    case 'string':
    case 'boolean':
      return a === b;
    case 'number':
    case 'bigint':
      if (isInt(b)) return a === b;
      if (b instanceof Double) return !Number.isNaN(b.value) && doubleToIntOrder(b.value, a) === 0;
      return b instanceof Uint && BigInt(a) === b.value;
    default:
  }
  if (a === null) return b === null;
  if (a instanceof ListValue) return a instanceof SchemaList ? a.equals(b) : listsEqual(a, b);
  if (a instanceof MapValue) return a instanceof SchemaMap ? a.equals(b) : mapsEqual(a, b);
  if (a instanceof Double) return isNumeric(b) && compareDouble(a.value, b) === 0;
  if (a instanceof Uint) return isNumeric(b) && compareValues(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Type) return b instanceof Type && a.name === b.name;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.content === undefined || b.content === undefined) return a.content === b.content;
    return equals(a.content, b.content);
  }
  return a instanceof ObjectValue ? a.equals(b) : a;
}

const isNumeric = (value: Value): boolean => isInt(value) || value instanceof Double || value instanceof Uint;

/** A list or map whose schema says what is equal: sets, lists of objects with keys. */
export abstract class SchemaList extends ListValue {
  abstract equals(other: Value): Value;
  abstract contains(element: Value): Value;
  abstract add(other: Value): Value;
  override missing(index: Int): CelError {
    return new CelError(`index out of bounds: ${index}`);
  }
}

export abstract class SchemaMap extends MapValue {
  abstract equals(other: Value): Value;
}

function listsEqual(a: ListValue, b: Value): boolean {
  if (!(b instanceof ListValue) || a.size !== b.size) return false;
  // What cannot be compared does not make lists unequal.
  for (let i = 0; i < a.size; i++) if (equalValues(a.at(i), b.at(i)) === false) return false;
  return true;
}

function mapsEqual(a: MapValue, b: Value): boolean {
  if (!(b instanceof MapValue) || a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.find(key);
    if (other === undefined || equalValues(a.find(key)!, other) === false) return false;
  }
  return true;
}

/** `element in list`. */
export function listContains(list: ListValue, element: Value): Value {
  if (list instanceof SchemaList) return list.contains(element);
  for (let i = 0; i < list.size; i++) if (equals(element, list.at(i)) === true) return true;
  return false;
}
