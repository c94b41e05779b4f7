/** Types of Go structs given as data: how the built-in kinds are merged. */
import type { FieldType } from '@apiserver-kit/machinery/structs';
import { deduced, listOf, mapOf, type MergeField, type MergeType, scalars, untypedAtomic } from './merge-type.js';

/** One field of a struct: what merging needs of its row. */
export interface StructFieldRow {
  readonly name: string;
  readonly type: FieldType;
  readonly optional?: boolean;
  readonly pointer?: boolean;
  /** The Go type, where it is not what `type` says. */
  readonly go?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly default?: unknown;
}

/** Where structs are looked up, when a merge first goes down into them. */
export interface StructRows {
  /** The fields of a struct. @throws Error when there is no such struct: names come from the data. */
  fields(typeName: string): readonly StructFieldRow[];
  /** Whether a struct is one value wherever it stands. */
  isAtomic(typeName: string): boolean;
}

// Scalars that schemas refer to by name; they are as untyped as `scalars.untyped`, but declared.
const named: MergeType = { scalar: 'untyped' };
const scalarTypes: Readonly<Record<FieldType & string, MergeType>> = {
  string: scalars.string,
  boolean: scalars.boolean,
  int32: scalars.numeric,
  int64: scalars.numeric,
  double: scalars.numeric,
  bytes: scalars.string,
  time: named,
  microTime: named,
  duration: scalars.string,
  quantity: named,
  intOrString: named,
  any: untypedAtomic,
};
const fieldsV1 = mapOf(deduced);
const zeros: Partial<Record<FieldType & string, unknown>> = { string: '', boolean: false, int32: 0, int64: 0, double: 0 };

/** Makes the merge types of structs by name, each once: parts are looked up when they are first needed. */
export function structTypes(rows: StructRows): (typeName: string) => MergeType {
  const known = new Map<string, MergeType>();

  function struct(typeName: string, isAtomic: boolean): MergeType {
    const key = isAtomic ? `${typeName} atomic` : typeName;
    let type = known.get(key);
    if (!type) known.set(key, (type = { map: { isAtomic, field: lookup(typeName), element: undefined } }));
    return type;
  }

  function lookup(typeName: string): (name: string) => MergeField | undefined {
    let fields: Map<string, MergeField> | undefined;
    return (name) => {
      fields ??= new Map(rows.fields(typeName).map((row) => [row.name, field(row)]));
      return fields.get(name);
    };
  }

  function field(row: StructFieldRow): MergeField {
    const { type, mapType } = row;
    const zero = typeof type === 'string' && !row.pointer && !row.optional ? zeros[type] : undefined;
    return { type: row.go === 'v1.FieldsV1' ? fieldsV1 : typeOf(type, mapType && mapType === 'atomic', row), default: row.default ?? zero };
  }

  /** `isAtomic` overrides what is said of the struct or map itself. */
  function typeOf(type: FieldType, isAtomic?: boolean, row?: StructFieldRow): MergeType {
    if (typeof type === 'string') return scalarTypes[type];
    if ('ref' in type) return struct(type.ref, isAtomic ?? rows.isAtomic(type.ref));
    if ('map' in type) return mapOf(typeOf(type.map), isAtomic);
    if ('list' in type) return listOf(typeOf(type.list), row ? listRelationship(row) : 'atomic');
    return untypedAtomic;
  }

  return (typeName) => struct(typeName, rows.isAtomic(typeName));
}

/** Lists that say nothing to server-side apply are merged as strategic merge patches merge them. */
function listRelationship({ listType, listMapKeys = [], patchStrategy, patchMergeKey }: StructFieldRow): 'atomic' | 'set' | { keys: readonly string[] } {
  if (listType) return listType === 'map' ? { keys: listMapKeys } : listType;
  if (patchStrategy !== 'merge' && patchStrategy !== 'merge,retainKeys') return 'atomic';
  return patchMergeKey === undefined ? 'set' : { keys: [patchMergeKey] };
}
