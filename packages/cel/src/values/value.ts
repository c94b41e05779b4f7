/**
 * Values at run time.
 *
 * null, booleans and strings are those of JavaScript. An int is a number where it is a safe integer and a bigint beyond: nearly all arithmetic
 * stays with numbers, and each value has one form only, so that `===` compares ints. Everything else is a class.
 * A {@link CelError} is a value too: `false && error` is false, so errors travel as results and are not thrown.
 */
import * as types from '../types/type.js';
import { Type } from '../types/type.js';
import { Boxed } from './boxed.js';

export type Int = number | bigint;

export type Value =
  | null
  | boolean
  | Int
  | string
  | Uint8Array
  | Double
  | Uint
  | Timestamp
  | Duration
  | ListValue
  | MapValue
  | Type
  | Optional
  | ObjectValue
  | CelError;

export class CelError extends Boxed {
  constructor(readonly message: string) {
    super();
  }
}

export const noSuchOverload = new CelError('no such overload');

/** The error that the value is, or else that no overload takes the value. */
export const overloadErrorFor = (value: Value): CelError => (value instanceof CelError ? value : noSuchOverload);

export class Double extends Boxed {
  constructor(readonly value: number) {
    super();
  }
}

export class Uint extends Boxed {
  constructor(readonly value: bigint) {
    super();
  }
}

/** A moment, and the offset from UTC in which it was written: printing keeps it. */
export class Timestamp extends Boxed {
  constructor(
    /** Since 1970. */
    readonly seconds: number,
    readonly nanos: number,
    readonly offsetSeconds = 0,
  ) {
    super();
  }
}

export class Duration extends Boxed {
  constructor(readonly nanos: bigint) {
    super();
  }
}

export abstract class ListValue extends Boxed {
  abstract readonly size: number;
  /** The element at an index within the list. */
  abstract at(index: number): Value;
  /** What reading the list at an index outside of it says. */
  missing(index: Int): CelError {
    return new CelError(`index '${index}' out of range in list size '${this.size}'`);
  }
}

/** A list whose elements are values. */
export class ArrayList extends ListValue {
  constructor(
    readonly elements: Value[],
    /** The list that a comprehension collects into: adding changes it. */
    public isGrowing = false,
  ) {
    super();
  }

  override get size(): number {
    return this.elements.length;
  }

  override at(index: number): Value {
    return this.elements[index]!;
  }
}

export abstract class MapValue extends Boxed {
  abstract readonly size: number;
  /** The entry's value; undefined where there is none. An error where it cannot be read, or the key is of no type that the map knows. */
  abstract find(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;
  /** How many entries are counted in {@link size} only. */
  get hiddenSize(): number {
    return 0;
  }
}

export class Optional extends Boxed {
  static readonly none = new Optional(undefined);
  constructor(readonly content: Value | undefined) {
    super();
  }
}

/** A value of a type that a library brings along. */
export abstract class ObjectValue extends Boxed {
  abstract readonly type: Type;
  /** True, false, or an error where the two cannot be compared. */
  equals(_other: Value): Value {
    return noSuchOverload;
  }
  /** What the value counts in costs, where it is not 1. */
  readonly costSize: number | undefined = undefined;
  /** Comparing it costs what comparing JSON does. */
  readonly isPlain: boolean = false;
  abstract override toString(): string;
}

export const isInt = (value: Value): value is Int => typeof value === 'number' || typeof value === 'bigint';
export const isError = (value: Value): value is CelError => value instanceof CelError;

/** The type of a value: of lists and maps without that of their elements. */
export function typeOf(value: Value): Type {
  switch (typeof value) {
    case 'boolean':
      return types.bool;
    case 'number':
    case 'bigint':
      return types.int;
    case 'string':
      return types.string;
    default:
  }
  if (value === null) return types.nullType;
  if (value instanceof ListValue) return types.dynList;
  if (value instanceof MapValue) return types.dynMap;
  if (value instanceof Double) return types.double;
  if (value instanceof Timestamp) return types.timestamp;
  if (value instanceof Duration) return types.duration;
  if (value instanceof Uint) return types.uint;
  if (value instanceof Uint8Array) return types.bytes;
  if (value instanceof Optional) return types.dynOptional;
  if (value instanceof Type) return types.typeType;
  if (value instanceof CelError) return types.error;
  return (value as ObjectValue).type;
}
