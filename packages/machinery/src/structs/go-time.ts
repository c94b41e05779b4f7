/** Times as Go's `time.Parse` reads them, and what it says of text that is none. */
import { timestamp } from '../object.js';

/** Text that does not fit the type of its field. The message is the reference's. */
export class DecodeError extends Error {
  override name = 'DecodeError';
}

/** One piece of a layout: the text that stands for it in messages, and what may stand in its place. */
interface Element {
  readonly layout: string;
  readonly pattern: RegExp;
  /** Names what is out of range, if it is. */
  readonly outOfRange?: (text: string) => string | undefined;
}

const literal = (text: string): Element => ({ layout: text, pattern: new RegExp(`^${text}`) });
const within =
  (name: string, max: number, min = 0) =>
  (text: string) =>
    Number(text) < min || Number(text) > max ? name : undefined;

const dateAndTime: readonly Element[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  literal('-'),
  { layout: '01', pattern: /^\d\d/, outOfRange: within('month', 12, 1) },
  literal('-'),
  { layout: '02', pattern: /^\d\d/ },
  literal('T'),
  { layout: '15', pattern: /^\d\d?/, outOfRange: within('hour', 23) },
  literal(':'),
  { layout: '04', pattern: /^\d\d/, outOfRange: within('minute', 59) },
  literal(':'),
  { layout: '05', pattern: /^\d\d/, outOfRange: within('second', 59) },
];
const anyFraction: Element = { layout: '', pattern: /^([.,]\d+)?/ };
const micros: Element = { layout: '.000000', pattern: /^[.,]\d{6}/ };
const zone: Element = {
  layout: 'Z07:00',
  pattern: /^(Z|[+-]\d\d:\d\d)/,
  outOfRange: (text) => (Number(text.slice(1, 3)) > 24 ? 'time zone offset hour' : Number(text.slice(4)) > 60 ? 'time zone offset minute' : undefined),
};
const layouts = {
  time: { text: '2006-01-02T15:04:05Z07:00', elements: [...dateAndTime, anyFraction, zone] },
  microTime: { text: '2006-01-02T15:04:05.000000Z07:00', elements: [...dateAndTime, micros, zone] },
};

/** Quotes as package time does: all that is not plain ASCII by its bytes. */
function quote(text: string): string {
  let out = '"';
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === '\\') out += `\\${char}`;
    else out += byte < 0x20 || byte >= 0x80 ? `\\x${byte.toString(16).padStart(2, '0')}` : char;
  }
  return `${out}"`;
}

function* splitTime(text: string, kind: 'time' | 'microTime'): Generator<string> {
  const { text: layoutText, elements } = layouts[kind];
  const fail = (why: string): never => {
    throw new DecodeError(`parsing time ${quote(text)}${why}`);
  };
  let rest = text;
  for (const { layout, pattern, outOfRange } of elements) {
    const part = pattern.exec(rest)?.[0];
    if (part === undefined) return fail(` as ${quote(layoutText)}: cannot parse ${quote(rest)} as ${quote(layout)}`);
    const range = outOfRange?.(part);
    if (range) fail(`: ${range} out of range`);
    yield part;
    rest = rest.slice(part.length);
  }
  if (rest !== '') fail(`: extra text: ${quote(rest)}`);
}

const plainUtc = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

/**
 * The time in UTC, as `metav1.Time` (whole seconds) or `metav1.MicroTime` prints it.
 * @throws DecodeError with Go's text.
 */
export function canonicalTime(text: string, kind: 'time' | 'microTime'): string {
  if (kind === 'time' && plainUtc.test(text)) return text;
  const [year, , month, , day, , hour, , minute, , second, fraction, offset] = [...splitTime(text, kind)] as string[];
  const lastDay = new Date(0);
  // Not Date.UTC alone: it takes the years 0 to 99 for the 20th century.
  lastDay.setUTCFullYear(Number(year), Number(month), 0);
  if (Number(day) < 1 || Number(day) > lastDay.getUTCDate()) throw new DecodeError(`parsing time ${quote(text)}: day out of range`);
  const local = new Date(0);
  local.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  local.setUTCHours(Number(hour), Number(minute), Number(second));
  const offsetMs = offset === 'Z' ? 0 : Number(`${offset![0]}1`) * (Number(offset!.slice(1, 3)) * 60 + Number(offset!.slice(4))) * 60_000;
  const utc = timestamp(local.getTime() - offsetMs);
  return kind === 'time' ? utc : `${utc.slice(0, -1)}.${fraction!.slice(1)}Z`;
}
