/** Single claims, read as Go reads them into its types: what does not fit is told in Go's words. */
import { getMember, type JsonObject } from '@apiserver-kit/machinery';

const jsonKind = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};
const misfit = (value: unknown, type: string): Error => new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`);

export const hasClaim = (claims: JsonObject, name: string): boolean => Object.hasOwn(claims, name);

/** The value of a claim. Null is as good as nothing, as in Go. @throws Error `claim not present`. */
function claimOf(claims: JsonObject, name: string): unknown {
  if (!hasClaim(claims, name)) throw new Error('claim not present');
  return getMember(claims, name);
}

/** @throws Error when there is none, or it is no text. */
export function textClaim(claims: JsonObject, name: string): string {
  const value = claimOf(claims, name) ?? '';
  if (typeof value !== 'string') throw misfit(value, 'string');
  return value;
}

/** @throws Error when there is none, or it is no boolean. */
export function booleanClaim(claims: JsonObject, name: string): boolean {
  const value = claimOf(claims, name) ?? false;
  if (typeof value !== 'boolean') throw misfit(value, 'bool');
  return value;
}

/** A list of texts, or one text as a list. @throws Error when there is none, or it is neither. */
export function textsClaim(claims: JsonObject, name: string): string[] {
  const value = claimOf(claims, name) ?? [];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' || one === null)) throw misfit(value, 'string');
  return value.map((one: string | null) => one ?? '');
}
