/**
 * JSON as the reference reads and writes it.
 *
 * JSON.parse loses integers beyond 2^53, which are legal int64 values. Text that cannot hold one (no run of 16 digits: nearly all text) takes
 * JSON.parse; the rest takes a parser that keeps such integers as bigint. Printing mirrors it: JSON.stringify, which refuses bigint, then a
 * walk. So the common path pays one scan, and every value comes back out as it came in.
 */
import { parseJsonExactly } from './json-exact.js';

const longDigits = /\d{16}/;

/**
 * Parses JSON text. Integers of int64 range beyond 2^53 come as bigint.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  return longDigits.test(text) ? parseJsonExactly(text) : JSON.parse(text);
}

const printBigints = (value: unknown): unknown => {
  if (typeof value === 'bigint') return (JSON as unknown as { rawJSON?: (t: string) => unknown }).rawJSON?.(String(value)) ?? { [bigintMark]: String(value) };
  if (Array.isArray(value)) return value.map(printBigints);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, printBigints(v)]));
  return value;
};
const bigintMark = '\u0000apiserver-kit/bigint';
const markedBigint = new RegExp(`\\{"${JSON.stringify(bigintMark).slice(1, -1).replaceAll('\\', '\\\\')}":"(-?\\d+)"\\}`, 'g');

/** Prints JSON; bigint values print as integers. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    if (!(error instanceof TypeError) || !/BigInt/.test(error.message)) throw error;
    return JSON.stringify(printBigints(value)).replace(markedBigint, '$1');
  }
}

/** Prints JSON as Go does: without what a web page would take for markup. */
export const stringifyGoJson = (value: unknown): string =>
  stringifyJson(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
