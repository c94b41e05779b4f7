/**
 * What a scalar means, by the rules of go-yaml v2: those of YAML 1.1, without its numbers in base 60, and with Go's integer literals.
 *
 * Which texts these rules take for something other than a string also decides which strings are quoted when they are printed.
 */
import { YamlError } from './yaml-error.js';

export type ScalarKind = 'str' | 'bool' | 'int' | 'float' | 'null' | 'timestamp' | 'merge';

/** A scalar's meaning. A float's value may be infinite or not a number. A timestamp's value is its text: JSON has none. */
export interface ResolvedScalar {
  readonly kind: ScalarKind;
  readonly value: string | number | bigint | boolean | null;
}

const named = new Map<string, ResolvedScalar>();
for (const [kind, value, texts] of [
  ['bool', true, 'y Y yes Yes YES true True TRUE on On ON'],
  ['bool', false, 'n N no No NO false False FALSE off Off OFF'],
  ['null', null, '~ null Null NULL'],
  ['float', Number.NaN, '.nan .NaN .NAN'],
  ['float', Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF'],
  ['float', Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF'],
  ['merge', '<<', '<<'],
] as const)
  for (const text of texts.split(' ')) named.set(text, { kind, value });
named.set('', { kind: 'null', value: null });

const mayMeanMore = /^[-+.0-9yYnNtTfFoO~<]/;
const decimalFloat = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
/** What begins with a point keeps its underscores, and so is no number with them. */
const pointFloat = /^\.\d+(?:[eE][-+]?\d+)?$/;
const integers: readonly (readonly [RegExp, string])[] = [
  [/^0[xX]([\da-fA-F]+)$/, '0x'],
  [/^0[bB]([01]+)$/, '0b'],
  [/^0[oO]?([0-7]+)$/, '0o'],
  [/^(0|[1-9]\d*)$/, ''],
];
const unsigned64 = 1n << 64n;
const signed64 = 1n << 63n;

/** The meaning of a plain (unquoted) scalar. */
export function resolvePlain(text: string): ResolvedScalar {
  if (text !== '' && !mayMeanMore.test(text)) return { kind: 'str', value: text };
  const fixed = named.get(text);
  if (fixed) return fixed;
  const first = text.charCodeAt(0);
  if (text[0] === '.') return (pointFloat.test(text) && floatOf(text)) || { kind: 'str', value: text };
  if (first > 0x39) return { kind: 'str', value: text };
  if (isTimestamp(text)) return { kind: 'timestamp', value: text };
  const digits = text.replaceAll('_', '');
  return integerOf(digits) ?? (decimalFloat.test(digits) ? floatOf(digits) : undefined) ?? { kind: 'str', value: text };
}

function integerOf(text: string): ResolvedScalar | undefined {
  const negative = text.startsWith('-');
  const magnitude = negative || text.startsWith('+') ? text.slice(1) : text;
  for (const [form, prefix] of integers) {
    const match = form.exec(magnitude);
    if (!match) continue;
    const value = BigInt(prefix + match[1]!);
    // A sign makes it an int64; without one it may be a uint64.
    if (value >= (magnitude === text ? unsigned64 : negative ? signed64 + 1n : signed64)) return undefined;
    const signed = negative ? -value : value;
    // Beyond int64 the rest of this package keeps numbers, not bigints.
    const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) || signed >= signed64;
    return { kind: 'int', value: isSafe ? Number(signed) : signed };
  }
  return undefined;
}

function floatOf(text: string): ResolvedScalar | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: 'float', value } : undefined;
}

const date =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d)))| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/;

/** True for the dates and times that go-yaml knows. */
function isTimestamp(text: string): boolean {
  if (text[4] !== '-') return false;
  const match = date.exec(text);
  if (!match) return false;
  const [year, month, day, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0, plainHour = 0, plainMinute = 0, plainSecond = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part))) as [number, number, number, ...(number | undefined)[]];
  const isTime = hour < 24 && minute < 60 && second < 60 && plainHour < 24 && plainMinute < 60 && plainSecond < 60 && zoneHour <= 24 && zoneMinute < 60;
  return isTime && month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

const resolvableTags = new Set(['str', 'bool', 'int', 'float', 'null', 'timestamp']);
const tagPrefix = 'tag:yaml.org,2002:';

/**
 * The meaning of a scalar that has a tag, quoted or not. A tag that is not known leaves a string.
 * @throws YamlError when the text is not what the tag says.
 */
export function resolveTagged(tag: string, text: string): ResolvedScalar {
  const name = tag.startsWith(tagPrefix) ? tag.slice(tagPrefix.length) : '';
  if (name === 'binary') return { kind: 'str', value: decodeBinary(text) };
  if (!resolvableTags.has(name) || name === 'str') return { kind: 'str', value: text };
  const resolved = resolvePlain(text);
  if (resolved.kind === name) return resolved;
  if (name === 'float' && resolved.kind === 'int') return { kind: 'float', value: Number(resolved.value) };
  const kind = typeof resolved.value === 'string' ? 'str' : resolved.kind;
  throw new YamlError(`yaml: cannot decode !!${kind} \`${text}\` as a !!${name}`);
}

function decodeBinary(text: string): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw new YamlError('yaml: !!binary value contains invalid base64 data');
  return Buffer.from(compact, 'base64').toString();
}
