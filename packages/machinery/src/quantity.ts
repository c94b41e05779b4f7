/**
 * Quantities: fixed-point numbers with a suffix, such as `100m` CPU and `128Mi` of memory (k8s.io/apimachinery/pkg/api/resource).
 *
 * @example
 * parseQuantity('1.5Gi').add(parseQuantity('512Mi')).toString(); // '2Gi'
 */
import { type Amount, binarySuffixes, decimalSuffixes, dividedUp, maxShift, parseAmount, type QuantityFormat } from './quantity-parse.js';

export { QuantityError, type QuantityFormat } from './quantity-parse.js';

/**
 * Reads a quantity.
 * @throws QuantityError
 */
export function parseQuantity(text: string): Quantity {
  const { format, text: canonical, ...amount } = parseAmount(text);
  return new Quantity(amount, format, canonical);
}

/** A quantity. It does not change: operations give new ones. */
export class Quantity {
  readonly format: QuantityFormat;
  readonly #amount: Amount;
  #text: string | undefined;

  /** Use {@link parseQuantity}. */
  constructor(amount: Amount, format: QuantityFormat, text?: string) {
    this.#amount = amount;
    this.format = format;
    this.#text = text;
  }

  get isZero(): boolean {
    return this.#amount.unscaled === 0n;
  }

  get sign(): -1 | 0 | 1 {
    const { unscaled } = this.#amount;
    return unscaled === 0n ? 0 : unscaled < 0n ? -1 : 1;
  }

  /** The number, rounded up. Beyond int64 it is what the reference's int64 would be: zero, or cut off. */
  value(): bigint {
    return scaled(this.#amount, 0);
  }

  /** The number in thousandths, rounded up, as {@link value}. */
  milliValue(): bigint {
    return scaled(this.#amount, -3);
  }

  /** The number, where it is written without a fraction and int64 holds it. `1000m` and `1.0` are not. */
  asInt64(): bigint | undefined {
    const { unscaled, exponent, isSmall } = this.#amount;
    if (!isSmall || exponent < 0) return undefined;
    const value = unscaled * 10n ** BigInt(Math.min(exponent, 64));
    return fitsInt64(value) ? value : undefined;
  }

  /** The number as near as floating point comes; infinite where it is too large. */
  asApproximateFloat(): number {
    const { unscaled, exponent } = this.#amount;
    return exponent === 0 ? Number(unscaled) : Number(unscaled) * Number(`1e${exponent}`);
  }

  /** Negative, zero or positive, as this is less than, the same as or more than the other. The formats do not matter. */
  compare(other: Quantity): -1 | 0 | 1 {
    if (this.sign !== other.sign || this.sign === 0) return Math.sign(this.sign - other.sign) as -1 | 0 | 1;
    // Numbers of different length need not be brought to one exponent.
    const magnitude = length(this.#amount) - length(other.#amount);
    if (magnitude !== 0) return (Math.sign(magnitude) * this.sign) as -1 | 0 | 1;
    const [a, b] = aligned(this.#amount, other.#amount);
    return a === b ? 0 : a < b ? -1 : 1;
  }

  /**
   * The sum, in the format of this quantity, or of the other if this is zero.
   * @throws RangeError when the two are more than 10,000 digits apart.
   */
  add(other: Quantity): Quantity {
    return this.#plus(other, other.#amount.unscaled);
  }

  /** The difference, otherwise as {@link add}. */
  sub(other: Quantity): Quantity {
    const { unscaled, isSmall } = other.#amount;
    // The least int64 is its own negative, as long as the difference is one too.
    if (isSmall && !fitsInt64(-unscaled)) {
      const wrapped = this.#plus(other, unscaled);
      if (wrapped.#amount.isSmall) return wrapped;
    }
    return this.#plus(other, -unscaled);
  }

  #plus(other: Quantity, unscaled: bigint): Quantity {
    const addend = { ...other.#amount, unscaled };
    return new Quantity(sum(this.#amount, addend), this.isZero ? other.format : this.format);
  }

  /** The canonical form: no fractions, the largest suffix that needs none. Most text that was parsed comes back as it was. */
  toString(): string {
    this.#text ??= canonical(this.#amount, this.format);
    return this.#text;
  }

  toJSON(): string {
    return this.toString();
  }
}

const fitsInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

function sum(a: Amount, b: Amount): Amount {
  if (a.isSmall && b.isSmall) {
    if (b.unscaled === 0n) return a;
    if (a.unscaled === 0n) return b;
  }
  const [x, y] = aligned(a, b);
  const unscaled = x + y;
  const isSmall = a.isSmall && b.isSmall && fitsInt64(x) && fitsInt64(y) && fitsInt64(unscaled);
  return { unscaled, exponent: Math.min(a.exponent, b.exponent), isSmall };
}

/** Both numbers at the lower exponent. */
function aligned(a: Amount, b: Amount): [bigint, bigint] {
  const shift = Math.abs(a.exponent - b.exponent);
  if (shift === 0) return [a.unscaled, b.unscaled];
  if (shift > maxShift) throw new RangeError(`quantities are ${shift} digits apart, more than ${maxShift}`);
  const factor = 10n ** BigInt(shift);
  return a.exponent > b.exponent ? [a.unscaled * factor, b.unscaled] : [a.unscaled, b.unscaled * factor];
}

const digitsOf = (value: bigint): string => (value < 0n ? -value : value).toString();

/** Digits before the point; negative where there are zeros behind it. */
const length = ({ unscaled, exponent }: Amount): number => digitsOf(unscaled).length + exponent;

/** Shifts for which the reference multiplies once and keeps what is left of an overflow; for others it gives zero. */
const wrappingShifts = new Set([1, 2, 3, 6, 9]);

/** The number at the exponent, as the reference's int64. */
function scaled({ unscaled, exponent, isSmall }: Amount, to: number): bigint {
  const shift = exponent - to;
  if (isSmall) {
    if (shift < 0) return dividedUp(unscaled, -shift);
    const value = unscaled * 10n ** BigInt(Math.min(shift, 64));
    return fitsInt64(value) || wrappingShifts.has(shift) ? BigInt.asIntN(64, value) : 0n;
  }
  // 10^64 ends in 64 zero bits, all that an int64 keeps.
  if (shift >= 0) return BigInt.asIntN(64, unscaled * 10n ** BigInt(Math.min(shift, 64)));
  return roundedDecimal(unscaled, -shift);
}

/** The reference rounds its decimals up, not away from zero; and where it divides int64 values it first cuts off, so that -1.5 becomes 0. */
function roundedDecimal(unscaled: bigint, digits: number): bigint {
  const divisor = 10n ** BigInt(digits);
  const isInt64 = unscaled < (1n << 63n) - 1n && digits < 19;
  const dividend = isInt64 ? BigInt.asIntN(64, unscaled) : unscaled;
  const remainder = dividend % divisor;
  const quotient = dividend / divisor - (!isInt64 && remainder < 0n ? 1n : 0n);
  return BigInt.asIntN(64, quotient + (remainder === 0n ? 0n : 1n));
}

const decimalNames = new Map([...decimalSuffixes].map(([name, exponent]) => [exponent, name]));
const binaryNames = new Map([...binarySuffixes].map(([name, exponent]) => [exponent, name]));

function canonical(amount: Amount, format: QuantityFormat): string {
  if (amount.unscaled === 0n) return '0';
  if (format !== 'BinarySI') return decimal(amount, format);
  return binary(amount) ?? decimal(amount, 'DecimalSI');
}

/** The most digits cut off that leave a suffix in steps of a thousand. A suffix that there is not is left out, by the reference too. */
function decimal({ unscaled, exponent }: Amount, format: QuantityFormat): string {
  const digits = digitsOf(unscaled);
  const significant = digits.replace(/0+$/, '');
  let power = exponent + digits.length - significant.length;
  let padding = '';
  for (; power % 3 !== 0; power--) padding += '0';
  const suffix = format === 'DecimalSI' ? (decimalNames.get(power) ?? '') : power === 0 ? '' : `e${power}`;
  return `${unscaled < 0n ? '-' : ''}${significant}${padding}${suffix}`;
}

/** Undefined for fractions and for what is below 1024, which are decimal. */
function binary(amount: Amount): string | undefined {
  if (amount.exponent > maxShift) return undefined;
  let value = amount.exponent >= 0 ? amount.unscaled * 10n ** BigInt(amount.exponent) : dividedUp(amount.unscaled, -amount.exponent);
  if (amount.exponent < 0 && value * 10n ** BigInt(-amount.exponent) !== amount.unscaled) return undefined;
  if (value > -1024n && value < 1024n) return undefined;
  let power = 0;
  for (; value % 1024n === 0n; value /= 1024n) power += 10;
  return `${value}${binaryNames.get(power) ?? ''}`;
}
