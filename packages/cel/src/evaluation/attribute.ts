/**
 * Paths into values: a variable, or the result of some expression, and the fields and indexes behind it.
 *
 * A path is resolved as a whole, so that optional parts can end it, and a condition can choose between two paths whose rest is the same.
 * Each field and index costs 1, and so does the path where it stands for itself.
 */
import { goTypeName } from '../values/go-type.js';
import { printValue } from '../values/print.js';
import { CelError, Double, ListValue, MapValue, Optional, Uint, type Value, isInt, noSuchOverload, typeOf } from '../values/value.js';
import type { Frame, Step } from './frame.js';

/** A field or index. `undefined` for what is not there, if that may be. */
export interface Qualifier {
  readonly isOptional: boolean;
  qualify(frame: Frame, value: Value): Value;
  qualifyIfPresent(frame: Frame, value: Value): Value | undefined;
}

export interface Attribute {
  resolve(frame: Frame): Value;
  add(qualifier: Qualifier): void;
  /** What reading it as an expression costs. */
  readonly ownCost: number;
}

/** What a key or index leads to; undefined where there is nothing. */
function lookUp(value: Value, key: Value): Value | undefined {
  if (value instanceof MapValue) return value.find(key);
  if (value instanceof ListValue) {
    const index = indexOf(key);
    if (index instanceof CelError) return index;
    return index >= 0 && index < value.size ? value.at(index) : undefined;
  }
  return value instanceof CelError ? value : undefined;
}

/** Numbers of any type that are whole are indexes. */
function indexOf(key: Value): number | CelError {
  if (isInt(key)) return Number(key);
  if (key instanceof Double && Number.isInteger(key.value) && Math.abs(key.value) < 2 ** 63) return key.value;
  if (key instanceof Uint && key.value < 1n << 63n) return Number(key.value);
  if (key instanceof Double || key instanceof Uint) return new CelError(`unsupported index value ${printValue(key)} in list`);
  return new CelError(`unsupported index type '${typeOf(key)}' in list`);
}

const missing = (value: Value, key: Value): CelError =>
  new CelError(value instanceof ListValue ? `index out of bounds: ${printValue(key)}` : `no such key: ${printValue(key)}`);

/** What a key or index leads to; an error where there is nothing. */
function there(value: Value, key: Value): Value {
  const found = lookUp(value, key);
  return found === undefined ? missing(value, key) : found;
}

const isKey = (value: Value): boolean =>
  typeof value === 'string' || isInt(value) || typeof value === 'boolean' || value instanceof Double || value instanceof Uint;

/** A field or index that is known beforehand. */
export class ConstantQualifier implements Qualifier {
  constructor(
    readonly key: Value,
    readonly isOptional: boolean,
  ) {}

  qualify(frame: Frame, value: Value): Value {
    frame.charge(1);
    return there(value, this.key);
  }

  qualifyIfPresent(frame: Frame, value: Value): Value | undefined {
    const found = lookUp(value, this.key);
    if (found !== undefined && !(found instanceof CelError)) frame.charge(1);
    return found;
  }
}

/** The last part of what `has` asks for. */
export class TestQualifier implements Qualifier {
  readonly isOptional = false;
  constructor(readonly key: string) {}

  qualify(frame: Frame, value: Value): Value {
    frame.charge(1);
    const found = lookUp(value, this.key);
    return found instanceof CelError ? found : found !== undefined;
  }

  qualifyIfPresent(frame: Frame, value: Value): Value | undefined {
    const found = lookUp(value, this.key);
    if (found !== undefined && !(found instanceof CelError)) frame.charge(1);
    return found;
  }
}

/** An index that is computed. */
export class ComputedQualifier implements Qualifier {
  constructor(
    readonly key: Step,
    readonly isOptional: boolean,
  ) {}

  qualify(frame: Frame, value: Value): Value {
    const key = this.#key(frame);
    frame.charge(1);
    return key instanceof CelError ? key : there(value, key);
  }

  qualifyIfPresent(frame: Frame, value: Value): Value | undefined {
    const key = this.#key(frame);
    if (key instanceof CelError) return key;
    const found = lookUp(value, key);
    if (found !== undefined && !(found instanceof CelError)) frame.charge(1);
    return found;
  }

  #key(frame: Frame): Value {
    const key = this.key(frame);
    return key instanceof CelError || isKey(key) ? key : new CelError(`invalid qualifier type: ${goTypeName(key)}`);
  }
}

function applyAll(frame: Frame, start: Value, qualifiers: readonly Qualifier[]): Value {
  let value = start;
  let isOptional = value instanceof Optional;
  if (value instanceof Optional) {
    if (value.content === undefined) return value;
    value = value.content;
  }
  for (const qualifier of qualifiers) {
    isOptional ||= qualifier.isOptional;
    const next = isOptional ? qualifier.qualifyIfPresent(frame, value) : qualifier.qualify(frame, value);
    if (next === undefined) return Optional.none;
    if (next instanceof CelError) return next;
    value = next;
  }
  return isOptional ? new Optional(value) : value;
}

/** A path from a value. */
export class PathAttribute implements Attribute {
  readonly ownCost = 1;
  readonly #qualifiers: Qualifier[] = [];

  constructor(readonly start: Step) {}

  add(qualifier: Qualifier): void {
    this.#qualifiers.push(qualifier);
  }

  resolve(frame: Frame): Value {
    const value = this.start(frame);
    return value instanceof CelError ? value : applyAll(frame, value, this.#qualifiers);
  }
}

/** One of two paths. */
export class ConditionalAttribute implements Attribute {
  readonly ownCost = 0;

  constructor(
    readonly condition: Step,
    readonly then: Attribute,
    readonly otherwise: Attribute,
  ) {}

  add(qualifier: Qualifier): void {
    this.then.add(qualifier);
    this.otherwise.add(qualifier);
  }

  resolve(frame: Frame): Value {
    const condition = this.condition(frame);
    if (condition === true) return this.then.resolve(frame);
    if (condition === false) return this.otherwise.resolve(frame);
    return condition instanceof CelError ? condition : noSuchOverload;
  }
}
