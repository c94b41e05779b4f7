/** JSON as values of CEL, by its schema: read where an expression looks, never as a whole. */
import { goTypeOf, jsonEqual } from '@apiserver-kit/machinery';
import type { StructuralSchema } from '@apiserver-kit/schema';
import { unknown } from '../types/type.js';
import { SchemaMap, equals } from '../values/compare.js';
import { fromJson } from '../values/json.js';
import { CelError, Double, MapValue, ObjectValue, type Value, noSuchOverload, overloadErrorFor } from '../values/value.js';
import { escapeName, unescapeName } from './escaping.js';
import { formattedText } from './formatted-text.js';
import { withObjectMeta } from './object-meta.js';
import { schemaList } from './schema-list.js';

const invalid = (what: string): CelError => new CelError(`invalid data, ${what}`);

/** The type of what is there, as Go decodes JSON. */
const goType = (json: unknown): string => (json instanceof Double ? 'float64' : goTypeOf(json));

/** The value; an error where the JSON is not of the schema. */
export function schemaValue(json: unknown, schema: StructuralSchema): Value {
  if (json === null || json === undefined) return schema.nullable ? null : invalid('got null for schema with nullable=false');
  if (schema.intOrString) {
    if (typeof json === 'string' || isInteger(json)) return fromJson(json);
    return invalid('expected XIntOrString value to be either a string or integer');
  }
  switch (schema.type) {
    case 'object':
      if (typeof json !== 'object' || Array.isArray(json) || json instanceof Double) return invalid('expected a map for the provided schema with type=object');
      return new JsonObject(json as Record<string, unknown>, schema.embeddedResource ? withObjectMeta(schema) : schema);
    case 'array':
      if (!Array.isArray(json)) return invalid('expected an array for the provided schema with type=array');
      if (!schema.items) return new CelError('invalid array type, expected Items with a non-empty Schema');
      return schemaList(json, schema);
    case 'string':
      return typeof json === 'string' ? formattedText(json, schema.format) : invalid(`expected string, got ${goType(json)}`);
    case 'number':
      if (json instanceof Double) return json;
      return typeof json === 'number' || typeof json === 'bigint' ? new Double(Number(json)) : invalid(`expected float, got ${goType(json)}`);
    case 'integer':
      return isInteger(json) ? fromJson(json) : invalid(`expected int, got ${goType(json)}`);
    case 'boolean':
      return typeof json === 'boolean' ? json : invalid(`expected bool, got ${goType(json)}`);
    default:
  }
  if (schema.preserveUnknownFields) return new PreservedValue(json);
  return new CelError(
    `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ''}`,
  );
}

const isInteger = (json: unknown): boolean => typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json));

/** A value of which the schema says nothing. */
export class PreservedValue extends ObjectValue {
  readonly type = unknown;
  override readonly isPlain = true;
  constructor(readonly json: unknown) {
    super();
  }
  override equals(other: Value): Value {
    return jsonEqual(this.json, rawJson(other));
  }
  override toString(): string {
    return JSON.stringify(this.json);
  }
}

/** What a value was before it was one. */
function rawJson(value: Value): unknown {
  if (value instanceof PreservedValue) return value.json;
  return value instanceof JsonObject ? value.json : value;
}

/** An object with fields, or a map. */
export class JsonObject extends SchemaMap {
  constructor(
    readonly json: Readonly<Record<string, unknown>>,
    readonly schema: StructuralSchema,
  ) {
    super();
  }

  override get size(): number {
    return Object.keys(this.json).length;
  }

  #schemaOf(name: string): StructuralSchema | undefined {
    const { properties, additionalProperties, embeddedResource } = this.schema;
    if (properties || embeddedResource) return properties?.get(name);
    return typeof additionalProperties === 'object' ? additionalProperties : undefined;
  }

  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return overloadErrorFor(key);
    const isObject = this.schema.properties !== undefined;
    const name = isObject ? unescapeName(key) : key;
    return name === undefined ? undefined : this.#member(name, isObject);
  }

  #member(name: string, isObject: boolean): Value | undefined {
    if (!Object.hasOwn(this.json, name)) return undefined;
    const member = this.json[name];
    // A field that is null is not set.
    if (isObject && member === null) return undefined;
    const schema = this.#schemaOf(name);
    return schema && schemaValue(member, schema);
  }

  override *keys(): Iterable<Value> {
    const isObject = this.schema.properties !== undefined;
    for (const name of Object.keys(this.json)) if (this.#schemaOf(name)) yield isObject ? (escapeName(name) ?? name) : name;
  }

  /** What no schema is for. */
  override get hiddenSize(): number {
    return Object.keys(this.json).filter((name) => !this.#schemaOf(name)).length;
  }

  override equals(other: Value): Value {
    if (!(other instanceof MapValue)) return overloadErrorFor(other);
    if (this.size !== other.size) return false;
    for (const name of Object.keys(this.json)) {
      const same = this.#schemaOf(name) ? this.#fieldEquals(name, other) : this.#unspecifiedEquals(name, other);
      if (same !== true) return same;
    }
    return true;
  }

  #fieldEquals(name: string, other: MapValue): Value {
    const mine = this.find(name);
    const theirs = other.find(name);
    if (mine === undefined || theirs === undefined) return mine === theirs;
    return equals(mine, theirs);
  }

  /** What no schema is for is compared as JSON; where the other one has none of that name, not at all. */
  #unspecifiedEquals(name: string, other: MapValue): Value {
    if (!(other instanceof JsonObject)) return noSuchOverload;
    return !Object.hasOwn(other.json, name) || jsonEqual(this.json[name], other.json[name]);
  }
}
