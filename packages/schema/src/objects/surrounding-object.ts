/** An object around a value deep in it: what a default is judged in (apiextensions-apiserver/pkg/apiserver/schema/defaulting). */
import { isRecord, setMember } from '@apiserver-kit/machinery';

/** The way from the root of an object to a value: names of members, `item` for the only item of a list. */
export type Steps = readonly (string | typeof item)[];
export const item: unique symbol = Symbol('item');

/**
 * An object that holds nothing but the value.
 * @throws Error where the value would be the object itself and is none.
 */
export function surround(value: unknown, steps: Steps): Record<string, unknown> {
  let object = value;
  for (const step of steps.toReversed()) {
    if (step === item) object = [object];
    else {
      const holder: Record<string, unknown> = {};
      setMember(holder, step, object);
      object = holder;
    }
  }
  if (!isRecord(object)) throw new Error('failed to prune default value: object root default value must be of object type');
  return object;
}

/** The value at the end of the steps; undefined where there is none. */
export function valueAt(object: unknown, steps: Steps): unknown {
  let value = object;
  for (const step of steps) {
    if (step === item) value = Array.isArray(value) ? value[0] : undefined;
    else value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
