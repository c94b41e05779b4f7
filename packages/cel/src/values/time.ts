/** Timestamps and durations as Go's time package reads and prints them. */
import { intOverflow, maxInt, minInt } from './arithmetic.js';
import { CelError, Duration, Timestamp } from './value.js';

const minSeconds = -62_135_596_800;
const maxSeconds = 253_402_300_799;
export const timestampOverflow = new CelError('timestamp overflow');

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** Seconds since 1970 of a moment in UTC; undefined where there is no such moment. */
export function secondsOf(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number | undefined {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

/** `2006-01-02T15:04:05.999999999Z07:00`; undefined where the text is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = rfc3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const local = secondsOf(year, month, day, hour, minute, second);
  const offset = offsetOf(match[8]!);
  if (local === undefined || offset === undefined) return undefined;
  return new Timestamp(local - offset, nanosOf(match[7]), offset);
}

/** What a Timestamp may hold: years 1 to 9999. */
export const isInRange = ({ seconds }: Timestamp): boolean => seconds >= minSeconds && seconds <= maxSeconds;

/** Digits behind the point, those beyond nanoseconds cut off. */
const nanosOf = (digits = ''): number => Number(digits.slice(0, 9).padEnd(9, '0'));

function offsetOf(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 24 || minutes > 60) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

const two = (n: number): string => String(n).padStart(2, '0');

/** RFC 3339 with as many digits behind the point as it takes, in the offset that the timestamp was written in. */
export function timestampText({ seconds, nanos, offsetSeconds }: Timestamp): string {
  const date = new Date((seconds + offsetSeconds) * 1000);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  const minutes = Math.trunc(Math.abs(offsetSeconds) / 60);
  const zone = offsetSeconds === 0 ? 'Z' : `${offsetSeconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
  const day = `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return `${day}T${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}${fraction}${zone}`;
}

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const durationPart = /(\d*)(?:\.(\d*))?([^\d.]+)/y;

/** `1h30m`; undefined where the text is none, or beyond int64 nanoseconds. */
export function parseDuration(text: string): Duration | undefined {
  const isNegative = text.startsWith('-');
  const rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return new Duration(0n);
  if (rest === '') return undefined;
  let total = 0n;
  for (let at = 0; at < rest.length; at = durationPart.lastIndex) {
    durationPart.lastIndex = at;
    const match = durationPart.exec(rest);
    if (!match) return undefined;
    const [, whole = '', fraction = '', unitName = ''] = match;
    const unit = Object.hasOwn(units, unitName) ? units[unitName]! : undefined;
    if (unit === undefined || (whole === '' && fraction === '') || whole.replace(/^0+/, '').length > 19) return undefined;
    total += BigInt(whole || '0') * unit + fractionOf(fraction, unit);
    if (total > maxInt + 1n) return undefined;
  }
  if (!isNegative && total > maxInt) return undefined;
  return new Duration(isNegative ? -total : total);
}

/** In floating point, as Go computes it; digits that overflow int64 do not count. */
function fractionOf(digits: string, unit: bigint): bigint {
  if (digits === '') return 0n;
  let kept = digits.slice(0, 19);
  if (BigInt(kept) > maxInt) kept = digits.slice(0, 18);
  return BigInt(Math.trunc(Number(BigInt(kept)) * (Number(unit) / 10 ** kept.length)));
}

/** `5400s`: seconds, with a fraction where there is one. */
export const durationText = ({ nanos }: Duration): string => `${plainNumber(durationSeconds(nanos))}s`;

/** As Go's `Duration.Seconds`. */
const durationSeconds = (nanos: bigint): number => Number(nanos / 1_000_000_000n) + Number(nanos % 1_000_000_000n) / 1e9;

/** A number without an exponent, in the fewest digits. */
export function plainNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign, first, rest = '', exponentText] = match;
  const exponent = Number(exponentText);
  const digits = `${first}${rest}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, '0')}`;
}

/** The moment later by the duration. */
export function addDuration(time: Timestamp, by: bigint): Timestamp | CelError {
  const nanos = BigInt(time.nanos) + (by % 1_000_000_000n);
  let seconds = BigInt(time.seconds) + by / 1_000_000_000n;
  let left = Number(nanos % 1_000_000_000n);
  seconds += nanos / 1_000_000_000n;
  if (left < 0) {
    seconds -= 1n;
    left += 1_000_000_000;
  }
  const result = new Timestamp(Number(seconds), left, time.offsetSeconds);
  return isInRange(result) ? result : timestampOverflow;
}

/** The duration from the one to the other. */
export function timeBetween(later: Timestamp, earlier: Timestamp): Duration | CelError {
  const seconds = BigInt(later.seconds - earlier.seconds) * 1_000_000_000n;
  if (seconds < minInt || seconds > maxInt) return intOverflow;
  return durationOf(seconds + BigInt(later.nanos - earlier.nanos));
}

export const durationOf = (nanos: bigint): Duration | CelError => (nanos < minInt || nanos > maxInt ? intOverflow : new Duration(nanos));
