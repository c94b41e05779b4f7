/** Ranges of sizes and costs, and arithmetic with them: unsigned 64-bit, where what is too large is the largest there is. */
import type { EstimatedNode } from './estimate.js';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** As numbers go, 2^64 - 1 and 2^64 are one. */
export const largest = 2 ** 64;

export const fixed = (size: number): Range => ({ min: size, max: size });
export const unknownSize: Range = { min: 0, max: largest };

const cap = (value: number): number => Math.min(value, largest);
const timesBounded = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : cap(a * b));
/** Per unit of size, rounded up. */
const scaledBy = (value: number, factor: number): number => (value === 0 ? 0 : cap(Math.ceil(value * factor)));

export const addRanges = (a: Range, b: Range): Range => ({ min: cap(a.min + b.min), max: cap(a.max + b.max) });
export const multiplySizes = (a: Range, b: Range): Range => ({ min: timesBounded(a.min, b.min), max: timesBounded(a.max, b.max) });
export const unionRanges = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
/** The cost of walking over something of that size. */
export const sizeCost = (size: Range, factor: number): Range => ({ min: scaledBy(size.min, factor), max: scaledBy(size.max, factor) });
export const plusCost = (range: Range, cost: number): Range => addRanges(range, fixed(cost));

/** The size of a part of an expression, as far as is known. */
export const estimatedSize = (node: EstimatedNode): Range => node.size ?? node.declaredSize ?? unknownSize;
