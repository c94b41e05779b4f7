/** Conversions between types: `int(x)`, `string(x)` … */
import { goFormatFloat } from '@apiserver-kit/machinery';
import { Type } from '../types/type.js';
import { doubleToInt, doubleToUint, intOf, intOverflow, maxInt, maxUint, uintOverflow } from './arithmetic.js';
import { durationText, isInRange, parseDuration, parseTimestamp, timestampOverflow, timestampText } from './time.js';
import { CelError, Double, Duration, Timestamp, Uint, type Value, isInt, typeOf } from './value.js';

/** The scalar type to convert to. */
export type Target = 'bool' | 'bytes' | 'double' | 'duration' | 'int' | 'string' | 'timestamp' | 'uint';

const targetNames: Record<Target, string> = {
  bool: 'bool',
  bytes: 'bytes',
  double: 'double',
  duration: 'google.protobuf.Duration',
  int: 'int',
  string: 'string',
  timestamp: 'google.protobuf.Timestamp',
  uint: 'uint',
};

/** The value as the type; an error where it is none of it. */
export function convert(value: Value, to: Target): Value {
  return conversions[to](value) ?? new CelError(`type conversion error from '${typeOf(value)}' to '${targetNames[to]}'`);
}

const conversions: Record<Target, (value: Value) => Value | undefined> = {
  bool: (value) => (typeof value === 'boolean' ? value : typeof value === 'string' ? parseBool(value) : undefined),
  bytes: (value) => (value instanceof Uint8Array ? value : typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : undefined),
  double: toDouble,
  duration: (value) => (value instanceof Duration ? value : typeof value === 'string' ? parseDuration(value) : undefined),
  int: toInt,
  string: toText,
  timestamp: toTimestamp,
  uint: toUint,
};

const bools: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};
const parseBool = (text: string): boolean | undefined => (Object.hasOwn(bools, text) ? bools[text] : undefined);

function toDouble(value: Value): Value | undefined {
  if (value instanceof Double) return value;
  if (isInt(value)) return new Double(Number(value));
  if (value instanceof Uint) return new Double(Number(value.value));
  const parsed = typeof value === 'string' ? parseFloat64(value) : undefined;
  return parsed === undefined ? undefined : new Double(parsed);
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexadecimal = /^([+-]?)0[xX]([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d+)$/;

/** Underscores between digits, or behind the prefix. */
const grouped = /^[+-]?(?:0[xX]_?)?[\da-fA-F]*(?:_[\da-fA-F]+)*(?:[.pP+-].*|[eE][+-].*)?$/;

/** Go's `strconv.ParseFloat`; undefined where it fails, which includes what is too large. */
export function parseFloat64(given: string): number | undefined {
  let text = given;
  if (given.includes('_')) {
    if (!grouped.test(given) || /^[+-]?_|_(?:[^\da-fA-F]|$)|[^\da-fA-FxX]_/.test(given)) return undefined;
    text = given.replaceAll('_', '');
  }
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word) return word[2]!.toLowerCase() === 'nan' ? (word[1] === '' ? Number.NaN : undefined) : word[1] === '-' ? -Infinity : Infinity;
  if (decimal.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const hex = hexadecimal.exec(text);
  if (!hex || hex[2]! + (hex[3] ?? '') === '') return undefined;
  const digits = `${hex[2]}${hex[3] ?? ''}`.replace(/^0+(?=.)/, '');
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(hex[4]) - 4 * (hex[3] ?? '').length);
  return Number.isFinite(value) ? (hex[1] === '-' ? -value : value) : undefined;
}

const integer = /^[+-]?\d+$/;

function toInt(value: Value): Value | undefined {
  if (isInt(value)) return value;
  if (value instanceof Double) return doubleToInt(value.value);
  if (value instanceof Uint) return value.value > maxInt ? intOverflow : intOf(value.value);
  if (value instanceof Duration) return intOf(value.nanos);
  if (value instanceof Timestamp) return value.seconds;
  if (typeof value !== 'string' || !integer.test(value) || value.length > 400) return undefined;
  const parsed = intOf(BigInt(value.startsWith('+') ? value.slice(1) : value));
  return parsed instanceof CelError ? undefined : parsed;
}

function toUint(value: Value): Value | undefined {
  if (value instanceof Uint) return value;
  if (isInt(value)) return value < 0 ? uintOverflow : new Uint(BigInt(value));
  if (value instanceof Double) return doubleToUint(value.value);
  if (typeof value !== 'string' || !/^\d+$/.test(value) || value.length > 400) return undefined;
  const parsed = BigInt(value);
  return parsed > maxUint ? undefined : new Uint(parsed);
}

function toTimestamp(value: Value): Value | undefined {
  if (value instanceof Timestamp) return value;
  if (isInt(value)) {
    const made = new Timestamp(Number(value), 0);
    return isInRange(made) ? made : timestampOverflow;
  }
  const parsed = typeof value === 'string' ? parseTimestamp(value) : undefined;
  return parsed === undefined || isInRange(parsed) ? parsed : timestampOverflow;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function toText(value: Value): Value | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || isInt(value)) return String(value);
  if (value === null) return 'null';
  if (value instanceof Double) return doubleText(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (!(value instanceof Uint8Array)) return undefined;
  try {
    return utf8.decode(value);
  } catch {
    // What the decoder refuses is told in the words of the reference.
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** Go's `%g`: the fewest digits, with an exponent below 1e-4 and from 1e6 on. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf';
  return goFormatFloat(value);
}

export const isType = (value: Value): value is Type => value instanceof Type;
