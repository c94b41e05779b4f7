/** `"…".format([…])` at run time. */
import { goQuote } from '@apiserver-kit/machinery';
import { Type } from '../types/type.js';
import { convert } from '../values/convert.js';
import { elementsOf } from '../values/map.js';
import { durationText, timestampText } from '../values/time.js';
import { compareText } from '../values/text.js';
import { CelError, Double, Duration, ListValue, MapValue, Timestamp, Uint, type Value, isInt, typeOf } from '../values/value.js';
import { ArgumentError, type Clauses, FormatError, complaints, formatWith } from './format-string.js';
import { fixedPoint, scientific } from './number-format.js';

/** The filled in text, or an error. */
export function formatValues(format: string, args: ListValue): Value {
  try {
    return formatWith(format, elementsOf(args), clauses).text;
  } catch (error) {
    if (error instanceof FormatError) return new CelError(error.message);
    throw error;
  }
}

const typeName = (value: Value): string => typeOf(value).name;
const defaultPrecision = 6;
/** Longer fractions are not worth the memory; all that a double holds is well within. */
const maxPrecision = 2_000;

const words: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY };

/** Numbers that text may stand for. */
function numberOf(value: Value, complaint: (type: string) => string): number {
  if (value instanceof Double) return value.value;
  if (typeof value === 'string' && Object.hasOwn(words, value)) return words[value]!;
  throw new ArgumentError(complaint(typeName(value)));
}

const integerOf = (value: Value): bigint | undefined => (isInt(value) ? BigInt(value) : value instanceof Uint ? value.value : undefined);

function radix(value: Value, base: number, complaint: (type: string) => string): string {
  const integer = integerOf(value);
  if (integer === undefined) throw new ArgumentError(complaint(typeName(value)));
  return integer.toString(base);
}

const clauses: Clauses<Value> = {
  string: printString,
  decimal: (value) => radix(value, 10, complaints.decimal),
  fixed: (value, precision = defaultPrecision) => fixedPoint(numberOf(value, complaints.fixed), Math.min(precision, maxPrecision)),
  scientific: (value, precision = defaultPrecision) => scientific(numberOf(value, complaints.scientific), Math.min(precision, maxPrecision)),
  binary: (value) => (typeof value === 'boolean' ? String(Number(value)) : radix(value, 2, complaints.binary)),
  hex(value, isUpper) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? Buffer.from(value) : undefined;
    const text = bytes ? bytes.toString('hex') : radix(value, 16, complaints.hex);
    return isUpper ? text.toUpperCase() : text;
  },
  octal: (value) => radix(value, 8, complaints.octal),
};

function printString(value: Value): string {
  if (value instanceof ListValue) return printList(value);
  if (value instanceof MapValue) return printMap(value);
  if (value instanceof Type) return value.name;
  if (value === null) return 'null';
  const isScalar = typeof value !== 'object' || value instanceof Double || value instanceof Uint || value instanceof Uint8Array;
  if (!isScalar && !(value instanceof Timestamp) && !(value instanceof Duration)) throw new ArgumentError(complaints.string(typeName(value)));
  const text = convert(value, 'string');
  if (text instanceof CelError) throw new ArgumentError(`could not convert argument ${goQuote(text.message)} to string`);
  return text as string;
}

/** A value within a list or map, as CEL would write it. */
function printMember(value: Value): string {
  if (typeof value === 'string') return goQuote(value);
  if (value instanceof Uint8Array) return `b${goQuote(printString(value))}`;
  if (value instanceof Timestamp) return `timestamp(${goQuote(timestampText(value))})`;
  if (value instanceof Duration) return `duration(${goQuote(durationText(value))})`;
  if (value instanceof Double) return printDouble(value.value);
  if (value instanceof ListValue || value instanceof MapValue || value instanceof Type || typeof value !== 'object' || value === null || value instanceof Uint)
    return printString(value);
  throw new ArgumentError(`no formatting function for ${typeName(value)}`);
}

function printDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '"NaN"' : value < 0 ? '"-Inf"' : '"+Inf"';
  const text = fixedPoint(value, defaultPrecision).replaceAll(',', '');
  return Object.is(value, -0) ? `-${text}` : text;
}

const printList = (list: ListValue): string => `[${elementsOf(list).map(printMember).join(', ')}]`;

function printMap(map: MapValue): string {
  const entries: [string, string][] = [];
  for (const key of map.keys()) {
    if (typeof key !== 'string' && typeof key !== 'boolean' && integerOf(key) === undefined)
      throw new ArgumentError(`no formatting function for map key of type ${typeName(key)}`);
    entries.push([printMember(key), printMember(map.find(key)!)]);
  }
  entries.sort(([a], [b]) => compareText(a, b));
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}
