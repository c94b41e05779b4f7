/** The types with fields that an environment knows. */
import type { Type } from '../types/type.js';

export interface TypeProvider {
  findStruct(name: string): Type | undefined;
  findField(struct: string, field: string): Type | undefined;
}

export const noTypes: TypeProvider = { findStruct: () => undefined, findField: () => undefined };
