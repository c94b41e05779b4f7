/** Texts of the formats that are types of their own in CEL. */
import { goQuote } from '@apiserver-kit/machinery';
import { wordyDuration } from './long-duration.js';
import { parseDuration, parseTimestamp, secondsOf } from '../values/time.js';
import { CelError, type Duration, Timestamp, type Value } from '../values/value.js';

/** The text's value by its format; an error where it is not of the format. */
export function formattedText(text: string, format: string | undefined): Value {
  switch (format) {
    case 'duration':
      return readDuration(text) ?? new CelError(`Invalid duration ${text}: unable to parse ${text} as duration`);
    case 'date':
      return (
        readDate(text) ??
        new CelError(`Invalid date formatted string ${text}: parsing time ${goQuote(text)} as "2006-01-02": cannot parse ${goQuote(text)} as "2006"`)
      );
    case 'date-time':
      return readDateTime(text) ?? new CelError(`Invalid date-time formatted string ${text}: ${unreadableTime(text)}`);
    case 'byte':
      return readBytes(text);
    default:
      return text;
  }
}

const readDuration = (text: string): Duration | undefined => parseDuration(text) ?? wordyDuration(text);

function readDate(text: string): Timestamp | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const seconds = match && secondsOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return seconds === undefined || seconds === null ? undefined : new Timestamp(seconds, 0);
}

/** With a zone, or without one in UTC. */
function readDateTime(text: string): Timestamp | undefined {
  if (text === '') return new Timestamp(0, 0);
  return parseTimestamp(text) ?? parseTimestamp(`${text}Z`);
}

const unreadableTime = (text: string): string => `parsing time ${goQuote(text)} as "2006-01-02T15:04:05": cannot parse ${goQuote(text)} as "2006"`;

/** In the alphabet for URLs. Line breaks do not count. */
function readBytes(text: string): Value {
  const unexpected = /[^A-Za-z0-9_\-=\r\n]/.exec(text);
  const plain = text.replace(/[\r\n]/g, '');
  if (!unexpected && plain.length % 4 === 0 && /^[A-Za-z0-9_-]*={0,2}$/.test(plain)) return new Uint8Array(Buffer.from(plain, 'base64url'));
  return new CelError(`Invalid byte formatted string ${text}: illegal base64 data at input byte ${unexpected?.index ?? text.length}`);
}
