/** Reading quantities (k8s.io/apimachinery/pkg/api/resource.ParseQuantity). */
import { parseInt64 } from './go-text.js';

/** How a quantity's number is written: `12e6`, `12Mi` or `12M`. */
export type QuantityFormat = 'DecimalExponent' | 'BinarySI' | 'DecimalSI';

/** A number `unscaled` × 10^`exponent`. */
export interface Amount {
  readonly unscaled: bigint;
  readonly exponent: number;
  /** Held in an int64 by the reference, which then answers for overflow differently from where it has a decimal of any size. */
  readonly isSmall: boolean;
}

export interface ParsedQuantity extends Amount {
  readonly format: QuantityFormat;
  /** The text, where it is canonical enough to be printed as it was written. */
  readonly text?: string;
}

/** Said of text that is no quantity; the message is the reference's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

export const decimalSuffixes = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
/** Powers of two. */
export const binarySuffixes = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);

/** The smallest unit there is: 10^-9. What is smaller is rounded up to it. */
const nano = -9;
/** Exponents further apart than these are not brought together: numbers of that many zeros fill the memory. */
export const maxShift = 10_000;
const maxInt64 = (1n << 63n) - 1n;

const form = /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const wrongForm = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

interface Suffix {
  readonly format: QuantityFormat;
  readonly exponent: number;
}

function interpretSuffix(suffix: string): Suffix {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { format: 'DecimalSI', exponent: decimal };
  const binary = binarySuffixes.get(suffix);
  if (binary !== undefined) return { format: 'BinarySI', exponent: binary };
  const exponent = /^[eE]./.test(suffix) ? parseInt64(suffix.slice(1)) : undefined;
  if (exponent === undefined) throw new QuantityError("unable to parse quantity's suffix");
  return { format: 'DecimalExponent', exponent: Number(BigInt.asIntN(32, exponent)) };
}

/** @throws QuantityError */
export function parseAmount(text: string): ParsedQuantity {
  if (text === '0') return { unscaled: 0n, exponent: 0, isSmall: true, format: 'DecimalSI', text };
  const match = text === '' ? null : form.exec(text);
  if (!match) throw new QuantityError(wrongForm);
  const [, sign, digits, fraction = '', suffixText] = match as unknown as [string, string, string, string | undefined, string];
  const whole = digits || '0';
  const suffix = interpretSuffix(suffixText);
  const small = smallAmount(sign === '-', whole, fraction, suffix);
  // Without digits it is zero, but only where the reference does not need its decimals for it.
  if (!small && !/\d/.test(text.slice(0, text.length - suffixText.length))) throw new QuantityError('unable to parse numeric part of quantity');
  if (!small) return bigAmount(sign === '-', whole, fraction, suffix);
  return isPrintable(small, whole + fraction, suffix) ? { ...small, text } : small;
}

/** What the reference reads into an int64: numbers of few digits. Undefined where it does not try, or it does not fit. */
function smallAmount(isNegative: boolean, whole: string, fraction: string, { format, exponent }: Suffix): ParsedQuantity | undefined {
  const isBinary = format === 'BinarySI';
  if (isBinary && fraction !== '') return undefined;
  const precision = isBinary ? 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1 : 18 - whole.length - fraction.length;
  const scale = (isBinary ? 0 : exponent) - fraction.length;
  if (precision < 0 || scale < nano) return undefined;
  const unscaled = BigInt(whole + fraction) << BigInt(isBinary ? exponent : 0);
  return unscaled > maxInt64 ? undefined : { unscaled: isNegative ? -unscaled : unscaled, exponent: scale, isSmall: true, format };
}

/** The reference keeps the text of most quantities that are canonical, and so of some that are not quite (`+1`, `01`). */
function isPrintable({ exponent }: Amount, digits: string, suffix: Suffix): boolean {
  if (suffix.format === 'BinarySI') return (BigInt(digits) & 7n) !== 0n;
  return exponent % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

function bigAmount(isNegative: boolean, whole: string, fraction: string, suffix: Suffix): ParsedQuantity {
  let { format } = suffix;
  let unscaled = BigInt(whole + fraction);
  let exponent = -fraction.length;
  if (format === 'BinarySI') unscaled <<= BigInt(suffix.exponent);
  else exponent += suffix.exponent;
  if (unscaled !== 0n && exponent <= maxShift) {
    // The reference's decimals are all in nanos.
    unscaled = exponent < nano ? dividedUp(unscaled, nano - exponent) : unscaled * 10n ** BigInt(exponent - nano);
    exponent = nano;
  }
  if (format === 'BinarySI') {
    if (compareToInteger(unscaled, exponent, maxInt64) > 0) [unscaled, exponent] = [maxInt64, 0];
    // Binary suffixes are not for fractions.
    if (unscaled > 0n && compareToInteger(unscaled, exponent, 1n) < 0) format = 'DecimalSI';
  }
  return { unscaled: isNegative ? -unscaled : unscaled, exponent, isSmall: false, format };
}

/** Only for exponents up to 0, as binary quantities have. */
function compareToInteger(unscaled: bigint, exponent: number, integer: bigint): number {
  const scaled = integer * 10n ** BigInt(-exponent);
  return unscaled < scaled ? -1 : unscaled > scaled ? 1 : 0;
}

/** value ÷ 10^digits, away from zero where that is no integer. */
export function dividedUp(value: bigint, digits: number): bigint {
  if (value < 0n) return -dividedUp(-value, digits);
  // A power of ten with more digits than the value need not be computed.
  if (digits > 40 && digits > value.toString().length) return value === 0n ? 0n : 1n;
  const divisor = 10n ** BigInt(digits);
  return (value + divisor - 1n) / divisor;
}
