/** Copies of JSON values: parsed, and so without cycles and without undefined. */
import { setMember } from './member.js';

/** A copy that shares nothing with the value. */
export function cloneJson<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as Value;
  const copy: Record<string, unknown> = {};
  for (const name in value) setMember(copy, name, cloneJson(value[name]));
  return copy as Value;
}
