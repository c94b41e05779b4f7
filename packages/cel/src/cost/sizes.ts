/** What costs are made of. */
import { MapValue, ListValue, ObjectValue, Optional, type Value } from '../values/value.js';
import { codePointCount } from '../values/text.js';

/** A variable or field that is read. */
export const selectCost = 1;
export const listCost = 10;
export const mapCost = 30;
export const structCost = 40;
/** Per character that is read. */
export const traversalFactor = 0.1;
/** Per character of a regular expression. */
export const regexFactor = 0.25;

/** The size that costs go by: characters, elements, entries; 1 where there are none. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return codePointCount(value);
  if (value instanceof ListValue || value instanceof MapValue) return value.size;
  if (value instanceof Uint8Array) return value.length;
  return value instanceof ObjectValue ? (value.costSize ?? 1) : 1;
}

/** As {@link sizeOf}; an optional is as large as what it holds. */
export const sizeWithin = (value: Value): number => (value instanceof Optional && value.content !== undefined ? sizeWithin(value.content) : sizeOf(value));
