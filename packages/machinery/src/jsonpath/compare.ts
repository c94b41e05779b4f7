/** The comparisons of filters: Go's, which compare values of one kind only. */
import { JSONPathError } from './jsonpath-error.js';

/** A number that is written in the path, where Go keeps integers and floats apart. */
export class NumberLiteral {
  constructor(
    readonly value: number,
    readonly isFloat: boolean,
  ) {}
}

/** Whether whole numbers of the data are Go's int64, as in the API server, or float64, as after encoding/json. */
export type IntegerKind = 'int64' | 'float64';

type Comparable = string | number | bigint | boolean;
type Kind = 'string' | 'bool' | 'int' | 'float';

function kindOf(value: unknown, integers: IntegerKind): [Kind, Comparable] {
  if (value instanceof NumberLiteral) return [value.isFloat ? 'float' : 'int', value.value];
  switch (typeof value) {
    case 'string':
      return ['string', value];
    case 'boolean':
      return ['bool', value];
    case 'bigint':
      return ['int', value];
    case 'number':
      return [integers === 'int64' && Number.isInteger(value) ? 'int' : 'float', value];
    default:
      throw new JSONPathError('invalid type for comparison');
  }
}

function compared(left: unknown, right: unknown, integers: IntegerKind, test: (a: Comparable, b: Comparable) => boolean, isOrder: boolean): boolean {
  const [leftKind, a] = kindOf(left, integers);
  const [rightKind, b] = kindOf(right, integers);
  if (leftKind !== rightKind) throw new JSONPathError('incompatible types for comparison');
  if (isOrder && leftKind === 'bool') throw new JSONPathError('invalid type for comparison');
  return test(a, b);
}

// A bigint and a number of the same kind may be the same integer: neither is less than the other.
const isEqual = (a: Comparable, b: Comparable): boolean => a === b || (typeof a !== typeof b && a >= b && a <= b);

/** Compares two values by an operator of a filter. @throws JSONPathError where the operator is unknown or Go would not compare the two. */
export function compareBy(operator: string, left: unknown, right: unknown, integers: IntegerKind): boolean {
  switch (operator) {
    case '==':
      return compared(left, right, integers, isEqual, false);
    case '!=':
      return !compared(left, right, integers, isEqual, false);
    case '<':
      return compared(left, right, integers, (a, b) => a < b, true);
    case '<=':
      return compared(left, right, integers, (a, b) => a <= b, true);
    case '>':
      return compared(left, right, integers, (a, b) => a > b, true);
    case '>=':
      return compared(left, right, integers, (a, b) => a >= b, true);
    default:
      throw new JSONPathError(`unrecognized filter operator ${operator}`);
  }
}
