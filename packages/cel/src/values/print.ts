/** Values as they appear in messages: Go's `%v`. */
import { Type } from '../types/type.js';
import { doubleText } from './convert.js';
import { elementsOf } from './map.js';
import { timestampText } from './time.js';
import { CelError, Double, Duration, ListValue, MapValue, Optional, Timestamp, Uint, type Value } from './value.js';

/** The value as text. */
export function printValue(value: Value): string {
  if (value === null) return '0';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Double) return doubleText(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return `[${value.join(' ')}]`;
  if (value instanceof ListValue) return `[${elementsOf(value).map(printValue).join(', ')}]`;
  if (value instanceof MapValue) return `{${[...value.keys()].map((key) => `${printValue(key)}: ${printValue(value.find(key)!)}`).join(', ')}}`;
  if (value instanceof Type) return value.toString();
  if (value instanceof Timestamp)
    return `${timestampText({ ...value, offsetSeconds: 0 })
      .replace('T', ' ')
      .replace('Z', '')} +0000 UTC`;
  if (value instanceof Duration) return goDuration(value.nanos);
  if (value instanceof Optional) return value.content === undefined ? 'optional.none()' : `optional(${printValue(value.content)})`;
  return value instanceof CelError ? value.message : value.toString();
}

const units: readonly (readonly [string, bigint])[] = [
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
];

/** `1h30m0.5s`: Go's form of a duration. */
export function goDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  let left = nanos < 0n ? -nanos : nanos;
  if (left < 1_000_000_000n) {
    const [unit, size] = left < 1_000n ? ['ns', 1] : left < 1_000_000n ? ['µs', 1_000] : ['ms', 1_000_000];
    return `${sign}${Number(left) / Number(size)}${unit}`;
  }
  let text = '';
  for (const [unit, size] of units) {
    if (left >= size || text !== '') text += `${left / size}${unit}`;
    left %= size;
  }
  const fraction = String(left % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${text}${left / 1_000_000_000n}${fraction && '.'}${fraction}s`;
}
