/** Go structs as data: a field a row, in the order of the struct, since that is the order in which Go prints them. */

export type ScalarType = 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'bytes' | 'time' | 'microTime' | 'duration' | 'quantity' | 'intOrString' | 'any';

/** `ref` names a struct, `custom` a type that reads itself. */
export type FieldType = ScalarType | { readonly ref: string } | { readonly list: FieldType } | { readonly map: FieldType } | { readonly custom: string };

/** One field of a struct. */
export interface StructField {
  readonly name: string;
  readonly type: FieldType;
  /** Left out of JSON when empty (Go's omitempty). */
  readonly optional?: boolean;
  /** Held by pointer: a zero that was given is kept, and a struct that was not given is left out. */
  readonly pointer?: boolean;
  /** Left out of JSON when zero, also where it is a struct (Go's omitzero). */
  readonly omitZero?: boolean;
  /** The Go structs through which JSON inlines the field: part of the path in a decoding error. */
  readonly inline?: string;
  /** The Go type, where it is not what `type` says: part of a decoding error. */
  readonly go?: string;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** How server-side apply merges a list, where that is not as `patchStrategy` says. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

/** Reads a value, never null, as if it were a JSON text of its own: what is wrong in it ends the reading, and unknown fields in it are not told. */
export type ReadInner = (type: FieldType, value: unknown) => unknown;

/** A type with a JSON decoder of its own (Go's `UnmarshalJSON`). */
export interface CustomType {
  /** The Go type, for messages. */
  readonly go: string;
  /** @throws DecodeError to refuse the value. */
  read(value: unknown, inner: ReadInner): unknown;
  /** What Go prints where nothing was given. */
  zero(): unknown;
}

/** Where types are looked up, when they are first needed. */
export interface StructTypes {
  /**
   * The fields of a struct, by its name: `core.v1.Pod`, whose Go type is `v1.Pod`.
   * @throws Error when there is no such struct: names come from the data.
   */
  fields(typeName: string): readonly StructField[];
  readonly custom?: Readonly<Record<string, CustomType>>;
}

/** The Go name of a type: `Pod` of `core.v1.Pod`. */
export const goNameOf = (typeName: string): string => typeName.slice(typeName.lastIndexOf('.') + 1);
