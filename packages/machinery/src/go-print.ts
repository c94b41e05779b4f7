/** How Go prints JSON values: messages of the reference carry these forms. */
import { goFormatFloat } from './go-float.js';
import type { JsonObject } from './member.js';

/** `fmt.Sprint(value)`: the `%v` and `%+v` of messages. Maps are printed with their keys sorted, text without quotes. */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (typeof value === 'object') {
    const names = Object.keys(value).sort(compareBytes);
    return `map[${names.map((name) => `${name}:${goPrint((value as JsonObject)[name])}`).join(' ')}]`;
  }
  return typeof value === 'number' && !Number.isInteger(value) ? goFormatFloat(value) : String(value);
}

/** The Go type that a JSON value is decoded into: the `%T` of messages. */
export function goTypeOf(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'object':
      return 'map[string]interface {}';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'bigint':
      return 'int64';
    default:
      return 'string';
  }
}

/** Go orders text by its bytes, JavaScript by UTF-16 units: they differ only beyond the surrogates. */
const compareBytes = (a: string, b: string): number =>
  a === b ? 0 : /[\ud800-\uffff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : 1;
