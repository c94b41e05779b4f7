/** The types with fields that an environment knows. */
import type { Type } from '../types/type.js';
import type { Value } from '../values/value.js';

export interface TypeProvider {
  findStruct(name: string): Type | undefined;
  findField(struct: string, field: string): Type | undefined;
  /** Makes a value of a type out of its fields: `Object{spec: …}`. Without it expressions make none. */
  newStruct?(struct: string, fields: ReadonlyMap<string, Value>): Value;
}

export const noTypes: TypeProvider = { findStruct: () => undefined, findField: () => undefined };
