/** Lists that are sets or maps by key must not hold anything twice (apiextensions-apiserver/pkg/apiserver/schema/listtype). */
import { type FieldError, child, duplicate, index, invalidValue, isRecord, key } from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import { sortedMembers } from '../validation/go-values.js';
import { canonicalJson } from './json-values.js';

const known = new WeakMap<StructuralSchema, boolean>();

/** Whether the node or one below it is a set or a map by key. Asked of a node once. */
function hasListTypes(schema: StructuralSchema): boolean {
  let has = known.get(schema);
  if (has === undefined) {
    const values = valueSchema(schema);
    has =
      schema.listType === 'set' ||
      schema.listType === 'map' ||
      (schema.items !== undefined && hasListTypes(schema.items)) ||
      (values !== undefined && hasListTypes(values)) ||
      [...(schema.properties?.values() ?? [])].some(hasListTypes);
    known.set(schema, has);
  }
  return has;
}

/** What stands more than once in lists that are sets or maps by key. Each value is told once, where it stands the second time. */
export function validateListTypes(object: unknown, schema: StructuralSchema, path = ''): FieldError[] {
  const errors: FieldError[] = [];
  validateNode(object, schema, path, errors);
  return errors;
}

function validateNode(value: unknown, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  if (typeof value !== 'object' || value === null || !hasListTypes(schema)) return;
  if (Array.isArray(value)) {
    if (schema.listType === 'set') for (const i of repeated(value)) errors.push(duplicate(index(path, i), sortedMembers(value[i])));
    else if (schema.listType === 'map') validateMap(value, schema, path, errors);
    if (schema.items) for (let i = 0; i < value.length; i++) validateNode(value[i], schema.items, index(path, i), errors);
    return;
  }
  const object = value as Record<string, unknown>;
  const values = valueSchema(schema);
  for (const name in object) {
    // Unlike elsewhere, specified properties are values of the map too.
    if (values) validateNode(object[name], values, key(path, name), errors);
    const property = schema.properties?.get(name);
    if (property) validateNode(object[name], property, child(path, name), errors);
  }
}

function validateMap(items: readonly unknown[], { listMapKeys = [] }: StructuralSchema, path: string, errors: FieldError[]): void {
  const wrong = items.findIndex((item) => item !== null && !isRecord(item));
  if (wrong >= 0) {
    errors.push(invalidValue(index(path, wrong), sortedMembers(items[wrong]), 'must be an object for an array of list-type map'));
    return;
  }
  if (items.length < 2) return;
  const keys = items.map((item) => {
    const members = item as Record<string, unknown> | null;
    return Object.fromEntries(listMapKeys.filter((name) => members !== null && Object.hasOwn(members, name)).map((name) => [name, members![name]]));
  });
  for (const i of repeated(keys)) errors.push(duplicate(index(path, i), sortedMembers(keys[i])));
}

/** The indexes at which a value stands for the second time. */
function repeated(values: readonly unknown[]): number[] {
  if (values.length < 2) return [];
  const times = new Map<string, number>();
  const indexes: number[] = [];
  for (const [i, value] of values.entries()) {
    const text = canonicalJson(value);
    const seen = times.get(text) ?? 0;
    times.set(text, seen + 1);
    if (seen === 1) indexes.push(i);
  }
  return indexes;
}
