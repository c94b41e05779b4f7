/**
 * Reading and writing members of parsed JSON objects whose names come from outside.
 *
 * `object[name]` would find what every JavaScript object inherits (`constructor`), and writing `__proto__` would change the object's prototype.
 */

export type JsonObject = Record<string, unknown>;

/** The member of that name, or undefined; never an inherited one. */
export const getMember = (object: JsonObject, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

/** Sets the member of that name, whatever the name. */
export function setMember(object: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}
