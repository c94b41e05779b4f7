/** Parts of a timestamp in a time zone: the accessors of CEL. */
import { CelError, type Timestamp } from './value.js';

/** The moment as the clock of a zone shows it: a Date whose UTC fields are the zone's. An error where there is no such zone. */
export function inZone(time: Timestamp, zone: string): Date | CelError {
  const offset = offsetOf(time, zone);
  return offset instanceof CelError ? offset : new Date((time.seconds + offset) * 1000);
}

function offsetOf(time: Timestamp, zone: string): number | CelError {
  const colon = zone.indexOf(':');
  if (colon < 0) return namedOffset(time, zone);
  const hours = atoi(zone.slice(0, colon));
  if (hours instanceof CelError) return hours;
  const minutes = atoi(zone.slice(colon + 1));
  if (minutes instanceof CelError) return minutes;
  if (minutes < 0 || minutes > 59) return new CelError(`timezone offset minutes out of range [0, 59]: ${zone}`);
  return (zone.startsWith('-') ? hours * 60 - minutes : hours * 60 + minutes) * 60;
}

/** Go's `strconv.Atoi`. */
function atoi(text: string): number | CelError {
  if (/^[+-]?\d+$/.test(text)) {
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : new CelError(`strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return new CelError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(zone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    // Expressions name few zones; who names many does not fill the memory.
    if (formats.size > 600) formats.clear();
    formats.set(zone, made);
    return made;
  } catch {
    // The engine refuses the name; the reference has a sentence of its own for that.
    return undefined;
  }
}

function namedOffset(time: Timestamp, zone: string): number | CelError {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 0;
  if (zone.startsWith('/') || zone.startsWith('\\') || zone.includes('..')) return new CelError('time: invalid location name');
  const format = /^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(zone) ? formatOf(zone) : undefined;
  if (!format) return new CelError(`unknown time zone ${zone}`);
  const parts: Record<string, number> = {};
  let isBC = false;
  for (const { type, value } of format.formatToParts(new Date(time.seconds * 1000))) {
    if (type === 'era') isBC = value.startsWith('B');
    else parts[type] = Number(value);
  }
  const local = new Date(0);
  local.setUTCFullYear(isBC ? 1 - parts.year! : parts.year!, parts.month! - 1, parts.day!);
  local.setUTCHours(parts.hour!, parts.minute!, parts.second!);
  return local.getTime() / 1000 - time.seconds;
}
