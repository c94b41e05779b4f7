/**
 * The bounds of numbers, as the reference compares them (kube-openapi/pkg/validation/validate/values.go).
 *
 * A number is an int64 when it is written as one; then the bounds are cut to integers first. An integer bound of a number that is not an
 * integer, and the other way round, is told by a finding of its own.
 */
import type { StructuralSchema } from '../structural/structural-schema.js';
import type { Finding, Findings } from './findings.js';
import { goFloat } from './go-values.js';
import { factorNotPositive, outOfBounds, outOfRange } from './sentences.js';

/** What a schema says of numbers, with the type and format that its bounds must be of. */
export interface NumberRules {
  readonly type: 'integer' | 'number' | undefined;
  /** Only one that fits the type. */
  readonly format: string | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMaximum: boolean;
  readonly minimum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly multipleOf: number | undefined;
  /** What numbers without a fraction are taken for. */
  readonly integers: 'int64' | 'float64';
}

const formatsOf: Record<string, readonly string[]> = { integer: ['int32', 'int64'], number: ['float', 'double'] };

export function numberRules(schema: StructuralSchema, types: readonly string[], format: string | undefined, integers: NumberRules['integers']): NumberRules {
  const [type] = types.length === 1 ? types : [];
  const isNumeric = type === 'integer' || type === 'number';
  return {
    type: isNumeric ? type : undefined,
    format: isNumeric && format !== undefined && formatsOf[type]!.includes(format) ? format : undefined,
    maximum: schema.maximum,
    exclusiveMaximum: schema.exclusiveMaximum === true,
    minimum: schema.minimum,
    exclusiveMinimum: schema.exclusiveMinimum === true,
    multipleOf: schema.multipleOf,
    integers,
  };
}

/** Whether the number counts as an int64. */
export const isInt64 = (value: number | bigint, { integers }: Pick<NumberRules, 'integers'>): boolean =>
  integers === 'int64' && (typeof value === 'bigint' || Number.isSafeInteger(value));

const closeness = 1e-9;

/** Whether a float counts as an integer: what is within a billionth of one does. */
export function isNearInteger(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const rounded = Math.round(value);
  return value === rounded || (rounded !== 0 && Math.abs(value - rounded) < closeness * Math.abs(rounded));
}

const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;
const maxFloat32 = 3.4028235677973366e38;

function fits(value: number | bigint, { type, format }: NumberRules): boolean {
  if (type === 'integer') {
    if (typeof value === 'number' && !Number.isInteger(value)) return false;
    if (format === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
    return value >= minInt64 && value <= maxInt64;
  }
  return format !== 'float' || Math.abs(Number(value)) < maxFloat32;
}

/** A float as the int64 that Go makes of it. */
const truncated = (value: number): number | bigint => {
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole : whole > maxInt64 ? maxInt64 : whole < minInt64 ? minInt64 : BigInt(whole);
};

/** Finds what is wrong with a number, in the reference's order. */
export function checkNumber(value: number | bigint, rules: NumberRules, path: string, findings: Findings): void {
  const { maximum, minimum, multipleOf } = rules;
  if (!fits(value, rules)) findings.add(outOfRange(path, 'Checked', rules.type!, rules.format));
  if (multipleOf !== undefined) checkBound(value, multipleOf, 'MultipleOf', multiple, rules, path, findings);
  if (minimum !== undefined) checkBound(value, minimum, 'Minimum boundary', rules.exclusiveMinimum ? greater : greaterOrEqual, rules, path, findings);
  if (maximum !== undefined) checkBound(value, maximum, 'Maximum boundary', rules.exclusiveMaximum ? less : lessOrEqual, rules, path, findings);
}

type Check = (path: string, value: number | bigint, bound: number | bigint, shownBound: string, isInteger: boolean) => Finding | undefined;

function checkBound(value: number | bigint, bound: number, name: string, check: Check, rules: NumberRules, path: string, findings: Findings): void {
  const boundFits = fits(bound, rules);
  if (!boundFits) findings.add(outOfRange(path, name, rules.type!, rules.format));
  const asIntegers = boundFits && isInt64(value, rules);
  const compared = asIntegers ? truncated(bound) : bound;
  const finding = check(path, asIntegers ? value : Number(value), compared, asIntegers ? String(compared) : goFloat(bound), asIntegers);
  if (finding) findings.add(finding);
}

const comparison =
  (isWithin: (value: number | bigint, bound: number | bigint) => boolean, claim: string): Check =>
  (path, value, bound, shown) =>
    isWithin(value, bound) ? undefined : outOfBounds(path, value, `should be ${claim} ${shown}`);

const lessOrEqual = comparison((value, bound) => value <= bound, 'less than or equal to');
const less = comparison((value, bound) => value < bound, 'less than');
const greaterOrEqual = comparison((value, bound) => value >= bound, 'greater than or equal to');
const greater = comparison((value, bound) => value > bound, 'greater than');

const multiple: Check = (path, value, factor, shown, isInteger) => {
  if (factor <= 0) return factorNotPositive(path, factor, shown);
  const isMultiple = isInteger ? BigInt(value) % BigInt(factor) === 0n : isNearInteger(quotient(Number(value), Number(factor)));
  return isMultiple ? undefined : outOfBounds(path, value, `should be a multiple of ${shown}`);
};

const quotient = (value: number, factor: number): number => (factor < 1 ? (1 / factor) * value : value / factor);
