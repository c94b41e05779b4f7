/** Objects that expressions of mutations make: `Object{spec: Object.spec{…}}` and `JSONPatch{…}` (k8s.io/apiserver/pkg/cel/mutation). */
import { celTypes, ListValue, MapValue, NoJsonError, ObjectValue, type Type, type TypeProvider, toJson, type Value } from '@apiserver-kit/cel';

const { dyn, string, struct } = celTypes;

/** A value of a type that has no schema: any field may be set. */
export class PatchValue extends ObjectValue {
  readonly type: Type;
  constructor(
    typeName: string,
    readonly fields: ReadonlyMap<string, Value>,
  ) {
    super();
    this.type = struct(typeName);
  }
  override toString(): string {
    return this.type.name;
  }
}

const jsonPatch = 'JSONPatch';
const object = 'Object';
const jsonPatchFields: Readonly<Record<string, Type>> = { op: string, path: string, from: string, value: dyn };
const isObjectType = (name: string): boolean => name === object || name.startsWith(`${object}.`);

export const jsonPatchType = struct(jsonPatch);
export const objectType = struct(object);

export const patchTypes: TypeProvider = {
  findStruct: (name) => (name === jsonPatch || isObjectType(name) ? struct(name) : undefined),
  findField: (name, field) => (name === jsonPatch ? jsonPatchFields[field] : isObjectType(name) ? dyn : undefined),
  newStruct: (name, fields) => new PatchValue(name, fields),
};

/** The JSON of a value, with the objects in it. @throws Error */
export function patchJson(value: Value): unknown {
  if (value instanceof PatchValue) return Object.fromEntries([...value.fields].map(([name, field]) => [name, patchJson(field)]));
  if (value instanceof ListValue) return Array.from({ length: value.size }, (_, index) => patchJson(value.at(index)));
  if (value instanceof MapValue)
    return Object.fromEntries(
      [...value.keys()].map((key) => {
        if (typeof key !== 'string') throw new NoJsonError('the key of a map is no text');
        return [key, patchJson(value.find(key)!)];
      }),
    );
  return toJson(value);
}

function mismatches(value: Value, path: string): string[] {
  if (value instanceof PatchValue) {
    const { name } = value.type;
    const own = name === path ? [] : [`unexpected type name "${name}", expected "${path}", which matches field name path from root Object type`];
    return [...own, ...[...value.fields].flatMap(([field, inner]) => mismatches(inner, `${path}.${field}`))];
  }
  if (value instanceof ListValue) return Array.from({ length: value.size }, (_, index) => mismatches(value.at(index), path)).flat();
  if (value instanceof MapValue) return [...value.keys()].flatMap((key) => mismatches(value.find(key)!, path));
  return [];
}

/** The types of objects within an object must be named by the way to them. @throws Error */
export function checkTypeNames(value: PatchValue): void {
  const wrong = mismatches(value, value.type.name);
  if (wrong.length > 0) throw new Error(`type mismatch: ${wrong.join('\n')}`);
}
