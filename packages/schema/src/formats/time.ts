/** Dates, times and durations as the reference's format registry reads them. */

const daysIn = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/** `2006-01-02` */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/** `2006-01-02T15:04:05.999Z`. What follows a second `T` is not looked at, as in the reference. */
export function isDateTime(text: string): boolean {
  const [date, time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(date!)) return false;
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:[^\n]\d+)?(?:z|[+-]\d{2}:\d{2})$/u.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}

const unitNanoseconds: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const maxInt64 = (1n << 63n) - 1n;

/** The number of some digits; undefined beyond int64. Bounded before it is parsed: texts may be long. */
function int64Of(digits: string): bigint | undefined {
  const significant = digits.replace(/^0+/, '');
  if (significant.length > 19) return undefined;
  const value = BigInt(significant || '0');
  return value > maxInt64 ? undefined : value;
}

const goDurationPart = /(\d*)(?:\.(\d*))?([^\d.]+)/y;

/** `1h30m`, as Go's `time.ParseDuration` reads it. */
export function isGoDuration(text: string): boolean {
  const isNegative = text.startsWith('-');
  const rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return true;
  if (rest === '') return false;
  let total = 0n;
  for (let at = 0; at < rest.length; at = goDurationPart.lastIndex) {
    goDurationPart.lastIndex = at;
    const match = goDurationPart.exec(rest);
    if (!match) return false;
    const [, whole = '', fraction = '', unit = ''] = match;
    const nanoseconds = Object.hasOwn(unitNanoseconds, unit) ? unitNanoseconds[unit]! : undefined;
    const count = int64Of(whole);
    if (nanoseconds === undefined || count === undefined || (whole === '' && fraction === '')) return false;
    total += count * nanoseconds + BigInt(Math.trunc(Number(`0.${fraction || '0'}`) * Number(nanoseconds)));
  }
  return total <= (isNegative ? maxInt64 + 1n : maxInt64);
}

/** Per unit its spellings; of the last one everything that starts with it counts. */
const unitSpellings = [
  ['ns', 'nano'],
  ['us', 'µs', 'micro'],
  ['ms', 'milli'],
  ['s', 'sec'],
  ['m', 'min'],
  ['h', 'hr', 'hour'],
  ['d', 'day'],
  ['w', 'wk', 'week'],
];
const isUnit = (unit: string): boolean => unitSpellings.some((spellings) => spellings.includes(unit) || unit.startsWith(spellings.at(-1)!));

/** A Go duration, or a text with a number and a unit in it: `2 days`. */
export function isDuration(text: string): boolean {
  if (isGoDuration(text)) return true;
  let found = false;
  // A number without a unit matches too, as nothing: so the scan never goes back.
  for (const [, factor = '', unit = ''] of text.matchAll(/(\d+)[\t\n\f\r ]*([A-Za-zµ]*)/g)) {
    if (unit === '') continue;
    if (int64Of(factor) === undefined) return false;
    if (isUnit(unit.toLowerCase())) found = true;
  }
  return found;
}
