/** Quantities. */
import { Quantity, QuantityError, parseQuantity } from '@apiserver-kit/machinery';
import * as types from '../types/type.js';
import { struct } from '../types/type.js';
import { intOf } from '../values/arithmetic.js';
import { CelError, Double, type Int, ObjectValue, type Value, noSuchOverload } from '../values/value.js';
import { type Library, fn, global, member } from './declaration.js';

const { bool, double, int, string } = types;
const quantityType = struct('kubernetes.Quantity');

class QuantityValue extends ObjectValue {
  readonly type = quantityType;
  constructor(readonly quantity: Quantity) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof QuantityValue ? this.quantity.compare(other.quantity) === 0 : noSuchOverload;
  }
  override toString(): string {
    return this.quantity.toString();
  }
}

function read(text: string): Quantity | CelError {
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) return new CelError(error.message);
    throw error;
  }
}

function toQuantity(text: string): Value {
  const quantity = read(text);
  return quantity instanceof CelError ? quantity : new QuantityValue(quantity);
}

/** Sums of quantities that are too far apart are refused. */
function combined(make: () => Quantity): Value {
  try {
    return new QuantityValue(make());
  } catch (error) {
    if (error instanceof RangeError) return new CelError(error.message);
    throw error;
  }
}

const of = (value: Value): Quantity => (value as QuantityValue).quantity;
/** An int in the format that ints have here. */
const ofInt = (value: Value): Quantity => new Quantity({ unscaled: BigInt(value as Int), exponent: 0, isSmall: true }, 'DecimalExponent');

export const quantityLibrary: Library = {
  name: 'kubernetes.quantity',
  functions: [
    fn(
      'quantity',
      global('string_to_quantity', [string], quantityType, (text) => toQuantity(text as string)),
    ),
    fn(
      'isQuantity',
      global('is_quantity_string', [string], bool, (text) => !(read(text as string) instanceof CelError)),
    ),
    fn(
      'sign',
      global('quantity_sign', [quantityType], int, (value) => of(value!).sign),
    ),
    fn(
      'isGreaterThan',
      member('quantity_is_greater_than', [quantityType, quantityType], bool, (a, b) => of(a!).compare(of(b!)) === 1),
    ),
    fn(
      'isLessThan',
      member('quantity_is_less_than', [quantityType, quantityType], bool, (a, b) => of(a!).compare(of(b!)) === -1),
    ),
    fn(
      'compareTo',
      member('quantity_compare_to', [quantityType, quantityType], int, (a, b) => of(a!).compare(of(b!))),
    ),
    fn(
      'asApproximateFloat',
      member('quantity_get_float', [quantityType], double, (value) => new Double(of(value!).asApproximateFloat())),
    ),
    fn(
      'asInteger',
      member('quantity_get_int', [quantityType], int, (value) => {
        const integer = of(value!).asInt64();
        return integer === undefined ? new CelError('cannot convert value to integer') : intOf(integer);
      }),
    ),
    fn(
      'isInteger',
      member('quantity_is_integer', [quantityType], bool, (value) => of(value!).asInt64() !== undefined),
    ),
    fn(
      'add',
      member('quantity_add', [quantityType, quantityType], quantityType, (a, b) => combined(() => of(a!).add(of(b!)))),
      member('quantity_add_int', [quantityType, int], quantityType, (a, b) => combined(() => of(a!).add(ofInt(b!)))),
    ),
    fn(
      'sub',
      member('quantity_sub', [quantityType, quantityType], quantityType, (a, b) => combined(() => of(a!).sub(of(b!)))),
      member('quantity_sub_int', [quantityType, int], quantityType, (a, b) => combined(() => of(a!).sub(ofInt(b!)))),
    ),
  ],
};
