/** What `x-kubernetes-list-type` and `x-kubernetes-map-type` need (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, forbiddenField, invalidValue, key, notSupported, required } from '@apiserver-kit/machinery';
import type { JSONSchemaProps } from '@apiserver-kit/schema';
import { printItems } from './printed-form.js';

export interface ListTypeOptions {
  /** The items of sets must be atomic. */
  readonly requireAtomicSets: boolean;
  /** The keys of maps must be there, and items of sets and maps not be null. */
  readonly requireMapKeys: boolean;
}

const typeAt = (path: string, type: string | undefined, detail: string): FieldError =>
  type ? invalidValue(child(path, 'type'), type, detail) : required(child(path, 'type'), detail);

/** What is wrong with how a node says that it is a set, a map or atomic. */
export function validateListTypeSettings(schema: JSONSchemaProps, path: string, { requireAtomicSets, requireMapKeys }: ListTypeOptions): FieldError[] {
  const errors: FieldError[] = [];
  const mapType = schema['x-kubernetes-map-type'];
  const listType = schema['x-kubernetes-list-type'];
  if (mapType != null && schema.type !== 'object') errors.push(typeAt(path, schema.type, 'must be object if x-kubernetes-map-type is specified'));
  if (mapType != null && mapType !== 'atomic' && mapType !== 'granular')
    errors.push(notSupported(child(path, 'x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  if (listType != null && schema.type !== 'array') errors.push(typeAt(path, schema.type, 'must be array if x-kubernetes-list-type is specified'));
  else if (requireAtomicSets) errors.push(...validateSetItems(schema, path));
  if (listType != null && listType !== 'atomic' && listType !== 'set' && listType !== 'map')
    errors.push(notSupported(child(path, 'x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']));
  if (schema['x-kubernetes-list-map-keys']?.length && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = child(path, 'x-kubernetes-list-type');
    errors.push(listType == null ? required(at, detail) : invalidValue(at, listType, detail));
  }
  if (listType === 'map') errors.push(...validateMap(schema, path));
  if (requireMapKeys) errors.push(...validateMapKeys(schema, path));
  return errors;
}

const singleItems = ({ items }: JSONSchemaProps): JSONSchemaProps | undefined => (items == null || Array.isArray(items) ? undefined : items);

/** Lists are atomic unless they say otherwise, objects only if they say so. */
export function validateSetItems(schema: JSONSchemaProps, path: string): FieldError[] {
  const items = singleItems(schema);
  if (schema['x-kubernetes-list-type'] !== 'set' || items === undefined) return [];
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'] ?? null;
  if (items.type === 'array' && listType !== null && listType !== 'atomic')
    return [invalidValue(child(child(path, 'items'), 'x-kubernetes-list-type'), listType, detail)];
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    return [invalidValue(child(child(path, 'items'), 'x-kubernetes-map-type'), listType, detail)];
  return [];
}

function validateMap(schema: JSONSchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysPath = child(path, 'x-kubernetes-list-map-keys');
  const itemsPath = child(path, 'items');
  if (keys.length === 0) errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (schema.items == null) errors.push(required(itemsPath, 'must have a schema if x-kubernetes-list-type is map'));
  const items = singleItems(schema);
  if (items === undefined) {
    if (schema.items != null) errors.push(invalidValue(itemsPath, printItems(schema.items), 'must only have a single schema if x-kubernetes-list-type is map'));
    return errors;
  }
  if (items.type !== 'object') {
    errors.push(invalidValue(child(itemsPath, 'type'), items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"));
    return errors;
  }
  const seen = new Set<string>();
  for (const name of keys) {
    const property = items.properties && Object.hasOwn(items.properties, name) ? items.properties[name] : undefined;
    if (property === undefined) errors.push(invalidValue(keysPath, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object')
      errors.push(
        invalidValue(
          child(key(child(itemsPath, 'properties'), name), 'type'),
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (seen.has(name)) errors.push(invalidValue(keysPath, keys, 'must not contain duplicate entries'));
    seen.add(name);
  }
  return errors;
}

/** Keys of maps must always have a value, and items of sets and maps be something. */
export function validateMapKeys(schema: JSONSchemaProps, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const items = singleItems(schema);
  if ((listType !== 'set' && listType !== 'map') || items === undefined) return [];
  const errors: FieldError[] = [];
  const itemsPath = child(path, 'items');
  if (items.nullable) errors.push(forbiddenField(child(itemsPath, 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === 'set') return errors;
  for (const name of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties && Object.hasOwn(items.properties, name) ? items.properties[name] : undefined;
    if (property === undefined) continue;
    const at = key(child(itemsPath, 'properties'), name);
    if (!items.required?.includes(name) && property.default == null)
      errors.push(required(child(at, 'default'), 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'));
    if (property.nullable) errors.push(forbiddenField(child(at, 'nullable'), 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
  }
  return errors;
}
