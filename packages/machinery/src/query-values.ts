/** How the reference reads single query values (k8s.io/apimachinery/pkg/runtime/conversion). */
import { goQuote } from './go-text.js';
import { badRequest } from './status.js';

/** Anything but an absent value, `0` and `false` is true: an empty value too. */
export function queryBool(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value !== '0' && value.toLowerCase() !== 'false';
}

/** @throws StatusError BadRequest with Go's sentence when it is not an int64. */
export function queryInt(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`);
  const parsed = Number(value);
  if (parsed >= 2 ** 63 || parsed < -(2 ** 63)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: value out of range`);
  return parsed;
}
