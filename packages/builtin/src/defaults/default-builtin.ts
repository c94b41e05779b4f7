/** Fills in what the reference fills in for the built-in kinds. */
import type { GroupVersionKind, JsonObject } from '@apiserver-kit/machinery';
import { decodeBuiltin } from '../types/decode.js';
import { type FieldType, typeFields, typeOf } from '../types/type-data.js';
import { typeDefaults } from './type-defaults.js';

type Defaulter = (value: JsonObject) => void;

const defaulters = new Map<string, Defaulter | undefined>();

/** The struct type that a field leads to, through lists and maps. */
function heldType(type: FieldType): string | undefined {
  if (typeof type === 'string') return undefined;
  if ('ref' in type) return type.ref;
  return heldType('list' in type ? type.list : type.map);
}

/** Undefined where neither the type nor anything in it has defaults. */
function defaulterOf(typeName: string): Defaulter | undefined {
  if (defaulters.has(typeName)) return defaulters.get(typeName);
  defaulters.set(typeName, undefined); // Types that hold themselves have no defaults.
  const defaulter = compile(typeName);
  defaulters.set(typeName, defaulter);
  return defaulter;
}

function compile(typeName: string): Defaulter | undefined {
  const own = typeDefaults[typeName];
  const children = typeFields(typeName).flatMap(({ name, type }) => {
    const held = heldType(type);
    const defaulter = held === undefined ? undefined : defaulterOf(held);
    return defaulter ? [{ name, defaulter }] : [];
  });
  if (!own && children.length === 0) return undefined;
  return (value) => {
    own?.(value);
    for (const { name, defaulter } of children) {
      const held = value[name];
      if (Array.isArray(held)) held.forEach(defaulter);
      else if (held !== undefined && held !== null) defaulter(held as JsonObject);
    }
  };
}

/**
 * Fills in the defaults of a built-in kind, in place. The object must fit its type: see `decodeBuiltin`. Kinds without data are left alone.
 * What a strategy sets when an object is created (`spec.finalizers` of a namespace, the status of a pod) is not a default.
 */
export function defaultBuiltin(gvk: GroupVersionKind, object: JsonObject): void {
  const type = typeOf(gvk);
  const defaulter = type === undefined ? undefined : defaulterOf(type);
  if (type === undefined || !defaulter) return;
  defaulter(object);
  // Once more through the type: fields stand in the order of their structs again, and none is a zero that would not be printed.
  const printed = decodeBuiltin(type, object).object;
  if (Object.keys(printed).join() !== Object.keys(object).join()) for (const name of Object.keys(object)) delete object[name];
  Object.assign(object, printed);
}
