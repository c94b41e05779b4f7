/** The operators of CEL, for values of whatever types. */
import {
  addInt,
  addUint,
  divideInt,
  divideUint,
  moduloInt,
  moduloUint,
  multiplyInt,
  multiplyUint,
  negateInt,
  subtractInt,
  subtractUint,
} from '../values/arithmetic.js';
import { SchemaList, SchemaMap, compareValues, isComparable, listContains } from '../values/compare.js';
import { elementsOf } from '../values/map.js';
import { addDuration, durationOf, timeBetween } from '../values/time.js';
import { codePointCount } from '../values/text.js';
import {
  ArrayList,
  CelError,
  Double,
  Duration,
  ListValue,
  MapValue,
  Timestamp,
  Uint,
  type Value,
  isInt,
  noSuchOverload,
  overloadErrorFor,
} from '../values/value.js';

/** Texts, timestamps and durations answer for operators that they do not have; other values leave it to the caller, who names the operator. */
export const unsupported = (operator: string, left: Value): CelError =>
  left instanceof CelError
    ? left
    : typeof left === 'string' || left instanceof Timestamp || left instanceof Duration
      ? noSuchOverload
      : new CelError(`no such overload: ${operator}`);

export function add(a: Value, b: Value): Value {
  if (isInt(a)) return isInt(b) ? addInt(a, b) : overloadErrorFor(b);
  if (typeof a === 'string') return typeof b === 'string' ? a + b : overloadErrorFor(b);
  if (a instanceof ListValue) return addLists(a, b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value + b.value) : overloadErrorFor(b);
  if (a instanceof Uint) return b instanceof Uint ? addUint(a, b) : overloadErrorFor(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? new Uint8Array(Buffer.concat([a, b])) : overloadErrorFor(b);
  if (a instanceof Timestamp) return b instanceof Duration ? addDuration(a, b.nanos) : overloadErrorFor(b);
  if (a instanceof Duration) {
    if (b instanceof Duration) return durationOf(a.nanos + b.nanos);
    return b instanceof Timestamp ? addDuration(b, a.nanos) : overloadErrorFor(b);
  }
  return unsupported('_+_', a);
}

function addLists(a: ListValue, b: Value): Value {
  if (a instanceof SchemaList) return a.add(b);
  if (!(b instanceof ListValue)) return overloadErrorFor(b);
  if (a instanceof ArrayList && a.isGrowing) {
    for (let i = 0; i < b.size; i++) a.elements.push(b.at(i));
    return a;
  }
  if (a.size === 0) return b;
  return b.size === 0 ? a : new ArrayList([...elementsOf(a), ...elementsOf(b)]);
}

export function subtract(a: Value, b: Value): Value {
  if (isInt(a)) return isInt(b) ? subtractInt(a, b) : overloadErrorFor(b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value - b.value) : overloadErrorFor(b);
  if (a instanceof Uint) return b instanceof Uint ? subtractUint(a, b) : overloadErrorFor(b);
  if (a instanceof Timestamp) {
    if (b instanceof Timestamp) return timeBetween(a, b);
    if (!(b instanceof Duration)) return overloadErrorFor(b);
    const negated = durationOf(-b.nanos);
    return negated instanceof CelError ? negated : addDuration(a, negated.nanos);
  }
  if (a instanceof Duration) return b instanceof Duration ? durationOf(a.nanos - b.nanos) : overloadErrorFor(b);
  return unsupported('_-_', a);
}

export function multiply(a: Value, b: Value): Value {
  if (isInt(a)) return isInt(b) ? multiplyInt(a, b) : overloadErrorFor(b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value * b.value) : overloadErrorFor(b);
  if (a instanceof Uint) return b instanceof Uint ? multiplyUint(a, b) : overloadErrorFor(b);
  return unsupported('_*_', a);
}

export function divide(a: Value, b: Value): Value {
  if (isInt(a)) return isInt(b) ? divideInt(a, b) : overloadErrorFor(b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value / b.value) : overloadErrorFor(b);
  if (a instanceof Uint) return b instanceof Uint ? divideUint(a, b) : overloadErrorFor(b);
  return unsupported('_/_', a);
}

export function modulo(a: Value, b: Value): Value {
  if (isInt(a)) return isInt(b) ? moduloInt(a, b) : overloadErrorFor(b);
  if (a instanceof Uint) return b instanceof Uint ? moduloUint(a, b) : overloadErrorFor(b);
  return unsupported('_%_', a);
}

export function negate(a: Value): Value {
  if (isInt(a)) return negateInt(a);
  if (a instanceof Double) return new Double(-a.value);
  if (a instanceof Duration) return durationOf(-a.nanos);
  return typeof a === 'boolean' ? noSuchOverload : unsupported('-_', a);
}

export const not = (a: Value): Value => (typeof a === 'boolean' ? !a : overloadErrorFor(a));

/** An operator that asks for the order of two values. */
export const ordering =
  (operator: string, holds: (order: number) => boolean) =>
  (a: Value, b: Value): Value => {
    if (!isComparable(a)) return unsupported(operator, a);
    const order = compareValues(a, b);
    return order instanceof CelError ? order : holds(order);
  };

/** `element in collection`. */
export function isIn(element: Value, collection: Value): Value {
  if (collection instanceof ListValue) return listContains(collection, element);
  if (!(collection instanceof MapValue)) return overloadErrorFor(collection);
  const found = collection.find(element);
  // Maps of schemas hand on why a key, or its value, is no good.
  if (collection instanceof SchemaMap && found instanceof CelError) return found;
  return found !== undefined;
}

export function size(value: Value): Value {
  if (typeof value === 'string') return codePointCount(value);
  if (value instanceof ListValue || value instanceof MapValue) return value.size;
  return value instanceof Uint8Array ? value.length : unsupported('size', value);
}
