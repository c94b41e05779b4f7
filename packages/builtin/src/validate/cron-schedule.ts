/** The schedules of CronJobs (github.com/robfig/cron, standard form). */
import { goQuote } from '@apiserver-kit/machinery';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

class BadSchedule extends Error {}
const fail = (why: string): never => {
  throw new BadSchedule(why);
};

function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) fail(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`);
  const value = Number(text);
  return value < 0 ? fail(`negative number (${value}) not allowed: ${text}`) : value;
}

function valueOrName(text: string, { names, min }: Bounds): number {
  const at = names?.indexOf(text.toLowerCase()) ?? -1;
  return at >= 0 ? at + min : integer(text);
}

function range(text: string, bounds: Bounds): void {
  const [span, stepText, ...moreSlashes] = text.split('/') as [string, ...string[]];
  const [low, high, ...moreHyphens] = span.split('-') as [string, ...string[]];
  let [start, end] = [bounds.min, bounds.max];
  if (low !== '*' && low !== '?') {
    start = valueOrName(low, bounds);
    if (moreHyphens.length > 0) fail(`too many hyphens: ${text}`);
    end = high === undefined ? start : valueOrName(high, bounds);
  }
  let step = 1;
  if (moreSlashes.length > 0) fail(`too many slashes: ${text}`);
  if (stepText !== undefined) {
    step = integer(stepText);
    if (high === undefined) end = bounds.max;
  }
  if (start < bounds.min) fail(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) fail(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) fail(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) fail(`step of range should be a positive number: ${text}`);
}

function parse(schedule: string): void {
  // A time zone may stand before the schedule; whether it should is another rule's matter.
  const text = /^(?:CRON_)?TZ=/.test(schedule) ? schedule.slice(schedule.indexOf(' ') + 1).trim() : schedule;
  if (text.startsWith('@')) {
    if (descriptors.has(text)) return;
    const every = /^@every (.*)$/.exec(text)?.[1];
    if (every === undefined) fail(`unrecognized descriptor: ${text}`);
    else if (!/^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(every)) fail(`failed to parse duration ${text}: time: invalid duration ${goQuote(every)}`);
    return;
  }
  const given = text.split(/\s+/).filter((part) => part !== '');
  if (given.length !== fields.length) fail(`expected exactly 5 fields, found ${given.length}: [${given.join(' ')}]`);
  given.forEach((field, at) => {
    for (const part of field.split(',').filter((piece) => piece !== '')) range(part, fields[at]!);
  });
}

/** Why the text is no schedule, in the reference's words; undefined where it is one. */
export function cronScheduleError(schedule: string): string | undefined {
  try {
    parse(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof BadSchedule) return error.message;
    throw error;
  }
}
