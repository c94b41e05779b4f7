/**
 * What merging has to know of a type: which lists and maps are one value, and which are merged item by item.
 *
 * A type that allows several forms (an untyped field) has several of `scalar`, `list` and `map`; the value decides. Types may refer to
 * themselves, so their parts are looked up when they are needed, never walked ahead.
 */

/** `untyped` takes any scalar. */
export type ScalarKind = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface MergeType {
  readonly scalar?: ScalarKind | undefined;
  readonly list?: ListMergeType | undefined;
  readonly map?: MapMergeType | undefined;
}

/** A list: atomic, or a set when it has no keys, or a map by its items' keys. */
export interface ListMergeType {
  readonly isAtomic: boolean;
  /** The members by which items are told apart. */
  readonly keys: readonly string[];
  readonly element: MergeType;
}

/** A map or a struct: fields that are declared, and others, when they are allowed. */
export interface MapMergeType {
  readonly isAtomic: boolean;
  /** A declared field; undefined for any other name. */
  field(name: string): MergeField | undefined;
  /** The type of members that are not declared; undefined where there may be none. */
  readonly element: MergeType | undefined;
}

export interface MergeField {
  readonly type: MergeType;
  /** What stands for the field in a list's keys when an item leaves it out. */
  readonly default?: unknown;
}

const noFields = (): undefined => undefined;

/** Anything, owned as a whole: the items of lists nobody declared. */
export const untypedAtomic: MergeType = {
  scalar: 'untyped',
  list: {
    isAtomic: true,
    keys: [],
    get element() {
      return untypedAtomic;
    },
  },
  map: {
    isAtomic: true,
    field: noFields,
    get element() {
      return untypedAtomic;
    },
  },
};

/** A type that is read off the value, where there is no schema: maps are merged member by member, lists are atomic. */
export const deduced: MergeType = {
  scalar: 'untyped',
  list: { isAtomic: true, keys: [], element: untypedAtomic },
  map: {
    isAtomic: false,
    field: noFields,
    get element() {
      return deduced;
    },
  },
};

/** Scalars, one of each kind. `untyped` is the one that schemas declare in place: dates, bytes, int-or-string. */
export const scalars = {
  numeric: { scalar: 'numeric' },
  string: { scalar: 'string' },
  boolean: { scalar: 'boolean' },
  untyped: { scalar: 'untyped' },
} as const satisfies Record<ScalarKind, MergeType>;

/** A map whose members are all of one type. */
export const mapOf = (element: MergeType, isAtomic = false): MergeType => ({ map: { isAtomic, field: noFields, element } });

/** A list merged as `list` says. Default: atomic. */
export const listOf = (element: MergeType, list: 'atomic' | 'set' | { readonly keys: readonly string[] } = 'atomic'): MergeType => ({
  list: { isAtomic: list === 'atomic', keys: typeof list === 'object' ? list.keys : [], element },
});

/** A struct with these fields and no others. */
export function structOf(fields: Readonly<Record<string, MergeType | MergeField>>, isAtomic = false): MergeType {
  const byName = new Map(Object.entries(fields).map(([name, field]) => [name, 'type' in field ? field : { type: field }]));
  return { map: { isAtomic, field: (name) => byName.get(name), element: undefined } };
}

/** Whether members of a map are all of unknown shape: nothing in it was ever declared to be atomic or not. */
export const isUndeclaredMap = ({ field, element }: MapMergeType): boolean => field === noFields && (element === deduced || element === scalars.untyped);

/** Which of a type's forms a value has. `any`: none of them, or null, which all of them take. */
export type Form = 'scalar' | 'list' | 'map' | 'any';

/** The form in which a value is to be taken. An absent or a null value, and one that fits nothing, is `any` where the type leaves a choice. */
export function formOf(type: MergeType, value: unknown): Form {
  const actual: Form = value === null || value === undefined ? 'any' : typeof value !== 'object' ? 'scalar' : Array.isArray(value) ? 'list' : 'map';
  if (actual !== 'any' && type[actual] !== undefined) return actual;
  if (type.map) return type.scalar || type.list ? 'any' : 'map';
  if (type.scalar) return type.list ? 'any' : 'scalar';
  return type.list ? 'list' : 'any';
}

/** What is done with a value of no particular form: the first that the type has. */
export const settled = (type: MergeType, form: Form): Form => (form !== 'any' ? form : type.map ? 'map' : type.scalar ? 'scalar' : type.list ? 'list' : 'any');
