/** What libraries declare: functions with their overloads, and macros. */
import { type Type, typeParam } from '../types/type.js';
import type { CostRules } from '../cost/cost-rules.js';
import type { Macros } from '../syntax/macros.js';
import type { Value } from '../values/value.js';

export type Implementation = (...args: Value[]) => Value;

/** One signature of a function. */
export interface Overload {
  readonly id: string;
  /** Called as `args[0].name(…)`. */
  readonly isMember: boolean;
  readonly args: readonly Type[];
  readonly result: Type;
  /** Undefined where the function as a whole is implemented. */
  readonly run?: Implementation;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** Runs all overloads; it looks at the types of its arguments itself. */
  readonly run?: Implementation;
  /** Arguments are handed to overloads as they are, whatever their types. */
  readonly isUnguarded?: boolean;
}

/** A named set of declarations. */
export interface Library {
  readonly name: string;
  readonly functions?: readonly FunctionDeclaration[];
  readonly macros?: Macros;
  /** Types that expressions may name. */
  readonly types?: readonly Type[];
  /** What calls cost, where it is not the usual. */
  readonly costs?: CostRules;
}

export const A = typeParam('A');
export const B = typeParam('B');
export const T = typeParam('T');

export const global = (id: string, args: readonly Type[], result: Type, run?: Implementation): Overload => ({ id, isMember: false, args, result, run });
export const member = (id: string, args: readonly Type[], result: Type, run?: Implementation): Overload => ({ id, isMember: true, args, result, run });
export const fn = (name: string, ...overloads: Overload[]): FunctionDeclaration => ({ name, overloads });

/** The declarations of one name are one function. */
export function mergeFunctions(libraries: readonly Library[]): Map<string, FunctionDeclaration> {
  const merged = new Map<string, FunctionDeclaration>();
  for (const { functions = [] } of libraries)
    for (const each of functions) {
      const known = merged.get(each.name);
      merged.set(each.name, known ? { ...known, ...each, overloads: [...known.overloads, ...each.overloads] } : each);
    }
  return merged;
}
