/** Times that CBOR tags as such, as the RFC 3339 text that JSON has for them. */
import { CborError } from './head.js';

const rfc3339 = /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:[.,](\d+))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * An RFC 3339 time with no more digits of a second than it needs.
 * @throws CborError
 */
export function timeText(value: string | number | bigint): string {
  if (typeof value !== 'string') return ofSeconds(Number(value));
  const match = rfc3339.exec(value);
  if (!match) throw new CborError(`cbor: cannot set ${value} for time.Time: not an RFC 3339 time`);
  const [, date, time, fraction = '', zone] = match as unknown as [string, string, string, string | undefined, string];
  return `${date}T${time}${fractionText(fraction.slice(0, 9))}${zone}`;
}

function fractionText(digits: string): string {
  const significant = digits.replace(/0+$/, '');
  return significant && `.${significant}`;
}

function ofSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  const text = new Date(whole * 1000);
  if (Number.isNaN(text.getTime()) || text.getUTCFullYear() < 0 || text.getUTCFullYear() > 9999) throw new CborError('cbor: time is out of range');
  const nanos = Math.round((seconds - whole) * 1e9);
  return `${text.toISOString().slice(0, 19)}${fractionText(String(nanos).padStart(9, '0'))}Z`;
}
