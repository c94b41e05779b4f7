/** Reading times with Go's sentences for what is wrong with them. */
import { goQuote } from '@apiserver-kit/machinery';

const layout = '2006-01-02T15:04:05Z07:00';

class TimeError extends Error {}

/**
 * Milliseconds since 1970 of an RFC 3339 time, fractions of seconds cut.
 * @throws Error with the sentence of Go's `time.Parse`.
 */
export function parseTime(text: string): number {
  let rest = text;
  const fail = (element: string, at: string): never => {
    throw new TimeError(`parsing time ${goQuote(text)} as ${goQuote(layout)}: cannot parse ${goQuote(at)} as ${goQuote(element)}`);
  };
  const outOfRange = (what: string): never => {
    throw new TimeError(`parsing time ${goQuote(text)}: ${what} out of range`);
  };
  /** Reads what the pattern matches; `element` is its place in the layout. */
  const read = (pattern: RegExp, element: string): string[] => {
    const match = pattern.exec(rest) ?? fail(element, rest);
    rest = rest.slice(match[0].length);
    return match;
  };
  const number = (pattern: RegExp, element: string): number => Number(read(pattern, element)[0]);

  const year = number(/^\d{4}/, '2006');
  read(/^-/, '-');
  const month = number(/^\d{2}/, '01');
  if (month < 1 || month > 12) outOfRange('month');
  read(/^-/, '-');
  const day = number(/^\d{2}/, '02');
  read(/^T/, 'T');
  const hour = number(/^\d{1,2}/, '15');
  if (hour > 23) outOfRange('hour');
  read(/^:/, ':');
  const minute = number(/^\d{2}/, '04');
  if (minute > 59) outOfRange('minute');
  read(/^:/, ':');
  const second = number(/^\d{2}/, '05');
  if (second > 59) outOfRange('second');
  rest = rest.replace(/^[.,]\d+/, '');
  const [zone, sign, zoneHour, zoneMinute] = read(/^(?:Z|([+-])(\d{2}):(\d{2}))/, 'Z07:00');
  if (Number(zoneHour) > 24) outOfRange('time zone offset hour');
  if (Number(zoneMinute) > 60) outOfRange('time zone offset minute');
  if (rest !== '') throw new TimeError(`parsing time ${goQuote(text)}: extra text: ${goQuote(rest)}`);

  // Date.UTC takes years below 100 for those of the twentieth century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (day < 1 || date.getUTCMonth() !== month - 1) outOfRange('day');
  date.setUTCHours(hour, minute, second);
  const offset = zone === 'Z' ? 0 : (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  return date.getTime() - offset * 60_000;
}
