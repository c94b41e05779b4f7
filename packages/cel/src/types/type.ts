/** Types of CEL: those that the checker infers, and those that values have. */
import { Boxed } from '../values/boxed.js';

export type Kind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'typeParam'
  | 'uint'
  | 'unknown';

/** A type; compare with {@link Type.isExactly}, not by identity. As a value it is what `type(x)` gives. */
export class Type extends Boxed {
  #text: string | undefined;

  constructor(
    readonly kind: Kind,
    /** The name at run time: `int`, `list`, `google.protobuf.Timestamp`. */
    readonly name: string,
    readonly params: readonly Type[] = [],
  ) {
    super();
  }

  /** As error messages of the checker write it: `list(timestamp)`. */
  get text(): string {
    this.#text ??= messageText(this);
    return this.#text;
  }

  /** With names of the run time: `list(google.protobuf.Timestamp)`. */
  override toString(): string {
    if (this.kind === 'typeParam') return `<${this.name}>`;
    return this.params.length === 0 ? this.name : `${this.name}(${this.params.join(', ')})`;
  }

  isExactly(other: Type): boolean {
    return isSame(this, other, true);
  }

  /** As {@link isExactly}, but any type parameter is like any other. */
  isEquivalent(other: Type): boolean {
    return isSame(this, other, false);
  }

  /** Stands for any type. */
  get isOpen(): boolean {
    return this.kind === 'dyn' || this.kind === 'any' || this.kind === 'typeParam';
  }

  get isDyn(): boolean {
    return this.kind === 'dyn' || this.kind === 'any';
  }

  /** Whether a value of the other type may stand for one of this. */
  isAssignableFrom(from: Type): boolean {
    if (this === from || this.isOpen) return true;
    if (this.kind !== from.kind || this.name !== from.name || this.params.length !== from.params.length) return false;
    return this.params.every((param, i) => param.isAssignableFrom(from.params[i]!));
  }
}

function isSame(a: Type, b: Type, named: boolean): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.params.length !== b.params.length) return false;
  if ((named || a.kind !== 'typeParam') && a.name !== b.name) return false;
  return a.params.every((param, i) => isSame(param, b.params[i]!, named));
}

const shortNames: Partial<Record<Kind, string>> = { any: 'any', duration: 'duration', error: '!error!', null: 'null', timestamp: 'timestamp' };

const messageText = ({ kind, name, params }: Type): string =>
  shortNames[kind] ?? (params.length === 0 ? name : `${name}(${params.map((param) => param.text).join(', ')})`);

export const any = new Type('any', 'google.protobuf.Any');
export const bool = new Type('bool', 'bool');
export const bytes = new Type('bytes', 'bytes');
export const double = new Type('double', 'double');
export const duration = new Type('duration', 'google.protobuf.Duration');
export const dyn = new Type('dyn', 'dyn');
export const error = new Type('error', 'error');
export const int = new Type('int', 'int');
export const nullType = new Type('null', 'null_type');
export const string = new Type('string', 'string');
export const timestamp = new Type('timestamp', 'google.protobuf.Timestamp');
export const typeType = new Type('type', 'type');
export const uint = new Type('uint', 'uint');
export const unknown = new Type('unknown', 'unknown');

export const listOf = (element: Type): Type => new Type('list', 'list', [element]);
export const mapOf = (key: Type, value: Type): Type => new Type('map', 'map', [key, value]);
export const optionalOf = (value: Type): Type => new Type('opaque', 'optional_type', [value]);
export const opaque = (name: string, ...params: Type[]): Type => new Type('opaque', name, params);
export const struct = (name: string): Type => new Type('struct', name);
export const typeParam = (name: string): Type => new Type('typeParam', name);
export const typeOfType = (param: Type): Type => new Type('type', 'type', [param]);

export const dynList = listOf(dyn);
export const dynMap = mapOf(dyn, dyn);
export const dynOptional = optionalOf(dyn);

export const isOptional = ({ kind, name }: Type): boolean => kind === 'opaque' && name === 'optional_type';
