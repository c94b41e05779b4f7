/** Which types may stand for which, and what that says about type parameters (the unification of cel-go's checker). */
import { type Type, dyn, listOf, mapOf, opaque, typeOfType, typeParam } from './type.js';

/** What is known of type parameters, by their message text. Attempts that fail leave it as it was. */
export class Substitutions {
  #types: Map<string, Type>;
  #free = 0;

  constructor(types: Map<string, Type> = new Map()) {
    this.#types = types;
  }

  /** A type parameter that no other is. */
  fresh(): Type {
    return typeParam(`_var${this.#free++}`);
  }

  find(type: Type): Type | undefined {
    return this.#types.get(type.text);
  }

  set(from: Type, to: Type): void {
    this.#types.set(from.text, to);
  }

  /** Whether all pairs are assignable; if so, keeps what they say about type parameters. */
  assign(targets: readonly Type[], sources: readonly Type[]): boolean {
    const before = this.#types;
    this.#types = new Map(before);
    if (areAssignable(this, targets, sources)) return true;
    this.#types = before;
    return false;
  }
}

/** The type with its parameters replaced; those of which nothing is known are `dyn` if `free` says so. */
export function substitute(known: Substitutions, type: Type, free: 'keep' | 'dyn'): Type {
  const found = known.find(type);
  if (found) return substitute(known, found, free);
  switch (type.kind) {
    case 'typeParam':
      return free === 'dyn' ? dyn : type;
    case 'opaque':
      return type.params.length === 0 ? type : opaque(type.name, ...type.params.map((param) => substitute(known, param, free)));
    case 'list':
      return listOf(substitute(known, type.params[0]!, free));
    case 'map':
      return mapOf(substitute(known, type.params[0]!, free), substitute(known, type.params[1]!, free));
    case 'type':
      return type.params.length === 0 ? type : typeOfType(substitute(known, type.params[0]!, free));
    default:
      return type;
  }
}

function areAssignable(known: Substitutions, a: readonly Type[], b: readonly Type[]): boolean {
  return a.length === b.length && a.every((type, i) => isAssignable(known, type, b[i]!));
}

const isFlexible = ({ kind }: Type): boolean => kind === 'dyn' || kind === 'any' || kind === 'error';

function isAssignable(known: Substitutions, a: Type, b: Type): boolean {
  if (b.kind === 'typeParam') {
    const { valid, known: hasSubstitution } = bind(known, a, b);
    if (valid) return true;
    if (hasSubstitution) return false;
  }
  if (a.kind === 'typeParam') return bind(known, b, a).valid;
  if (isFlexible(a) || isFlexible(b)) return true;
  if (a.kind === 'null') return isNullable(b);
  if (b.kind === 'null') return isNullable(a);
  switch (a.kind) {
    case 'bool':
    case 'bytes':
    case 'double':
    case 'int':
    case 'string':
    case 'uint':
    case 'duration':
    case 'timestamp':
    case 'struct':
      return b.isAssignableFrom(a);
    case 'type':
      return b.kind === 'type';
    case 'opaque':
    case 'list':
    case 'map':
      return a.kind === b.kind && a.name === b.name && areAssignable(known, a.params, b.params);
    default:
      return false;
  }
}

/** Whether null may stand for a value of the type. */
const isNullable = (type: Type): boolean =>
  type.isOpen || type.kind === 'null' || type.kind === 'opaque' || type.kind === 'struct' || type.kind === 'duration' || type.kind === 'timestamp';

/** Tries to make the parameter stand for the type. */
function bind(known: Substitutions, type: Type, param: Type): { valid: boolean; known: boolean } {
  if (type.kind === param.kind && type.isExactly(param)) return { valid: true, known: true };
  const found = known.find(param);
  if (found) {
    if (type.kind === found.kind && type.isExactly(found)) return { valid: true, known: true };
    if (!isAssignable(known, type, found)) return { valid: false, known: true };
    const general = mostGeneral(type, found);
    if (isAbsentFrom(known, param, general)) known.set(param, general);
    return { valid: true, known: true };
  }
  if (!isAbsentFrom(known, param, type)) return { valid: false, known: false };
  known.set(param, type);
  return { valid: true, known: false };
}

export const mostGeneral = (a: Type, b: Type): Type => (isAsGeneral(a, b) ? a : b);

function isAsGeneral(a: Type, b: Type): boolean {
  if (a.isOpen) return true;
  if (b.isOpen || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'opaque':
      return a.name === b.name && a.params.length === b.params.length && a.params.every((param, i) => isAsGeneral(param, b.params[i]!));
    case 'list':
    case 'map':
      return a.params.every((param, i) => isAsGeneral(param, b.params[i]!));
    case 'type':
      return true;
    default:
      return a.isExactly(b);
  }
}

/** A parameter may not stand for a type that holds it. */
function isAbsentFrom(known: Substitutions, param: Type, within: Type): boolean {
  if (param.isExactly(within)) return false;
  switch (within.kind) {
    case 'typeParam': {
      const found = known.find(within);
      return found === undefined || isAbsentFrom(known, param, found);
    }
    case 'opaque':
    case 'list':
    case 'map':
    case 'type':
      return within.params.every((inner) => isAbsentFrom(known, param, inner));
    default:
      return true;
  }
}
