/** Lists by their schemas: sets and maps by key are equal whatever their order. */
import type { StructuralSchema } from '@apiserver-kit/schema';
import { SchemaList, equals } from '../values/compare.js';
import { elementsOf, identity } from '../values/map.js';
import { ArrayList, CelError, ListValue, MapValue, type Value, overloadErrorFor } from '../values/value.js';
import { escapeName } from './escaping.js';
import { JsonObject, schemaValue } from './schema-value.js';

/** The list as its schema says. */
export function schemaList(items: readonly unknown[], schema: StructuralSchema): Value {
  switch (schema.listType) {
    case 'map':
      return new JsonMapList(items, schema);
    case 'set':
      return new JsonSetList(items, schema);
    case undefined:
    case 'atomic':
      return new JsonItems(items, schema);
    default:
      return new CelError(`invalid x-kubernetes-list-type, expected 'map', 'set' or 'atomic' but got ${schema.listType}`);
  }
}

/** A list whose order counts. */
class JsonItems extends SchemaList {
  constructor(
    readonly items: readonly unknown[],
    readonly schema: StructuralSchema,
  ) {
    super();
  }

  override get size(): number {
    return this.items.length;
  }

  override at(index: number): Value {
    return schemaValue(this.items[index], this.schema.items!);
  }

  override contains(element: Value): Value {
    if (element instanceof CelError) return element;
    let failed: CelError | undefined;
    for (let i = 0; i < this.size; i++) {
      const same = equals(this.at(i), element);
      if (same === true) return true;
      if (typeof same !== 'boolean') failed ??= overloadErrorFor(same);
    }
    return failed ?? false;
  }

  override equals(other: Value): Value {
    if (!(other instanceof ListValue)) return overloadErrorFor(other);
    if (this.size !== other.size) return false;
    for (let i = 0; i < this.size; i++) {
      const same = equals(this.at(i), other.at(i));
      if (same !== true) return same;
    }
    return true;
  }

  override add(other: Value): Value {
    return other instanceof ListValue ? new ArrayList([...elementsOf(this), ...elementsOf(other)]) : overloadErrorFor(other);
  }
}

const notScalar = new CelError('listSet operations are only supported on lists of scalar values');

/** What an element of a set is known by. */
function setKey(element: Value): unknown {
  if (element instanceof ListValue || element instanceof MapValue) return notScalar;
  return element instanceof Uint8Array ? `\u0000b${element.join(' ')}` : identity(element);
}

/** The keys of a set's elements, or why it is none. */
function setKeys(list: ListValue): Set<unknown> | CelError {
  const keys = new Set<unknown>();
  for (const element of elementsOf(list)) {
    const key = setKey(element);
    if (key === notScalar) return notScalar;
    keys.add(key);
  }
  return keys;
}

function setsEqual(a: ListValue, b: Value): Value {
  if (!(b instanceof ListValue)) return overloadErrorFor(b);
  if (a.size !== b.size) return false;
  const keys = setKeys(a);
  if (keys instanceof CelError) return keys;
  const seen = new Set<unknown>();
  for (const element of elementsOf(b)) {
    const key = setKey(element);
    if (key === notScalar) return notScalar;
    if (!keys.has(key)) return false;
    seen.add(key);
  }
  return seen.size === keys.size;
}

/** The elements of both, each once. */
function unite(a: ListValue, b: Value): Value {
  if (!(b instanceof ListValue)) return overloadErrorFor(b);
  const keys = setKeys(a);
  if (keys instanceof CelError) return keys;
  const elements = elementsOf(a);
  for (const element of elementsOf(b)) {
    const key = setKey(element);
    if (key === notScalar) return notScalar;
    if (keys.has(key)) continue;
    keys.add(key);
    elements.push(element);
  }
  return new SetList(elements);
}

class JsonSetList extends JsonItems {
  override equals(other: Value): Value {
    return setsEqual(this, other);
  }
  override add(other: Value): Value {
    return unite(this, other);
  }
}

/** A list of values that computed ones are, and that keeps to rules of its own. */
abstract class ComputedList extends SchemaList {
  constructor(readonly elements: readonly Value[]) {
    super();
  }
  override get size(): number {
    return this.elements.length;
  }
  override at(index: number): Value {
    return this.elements[index]!;
  }
  override contains(element: Value): Value {
    return this.elements.some((each) => equals(element, each) === true);
  }
}

/** A set that is the sum of two. */
class SetList extends ComputedList {
  override equals(other: Value): Value {
    return setsEqual(this, other);
  }
  override add(other: Value): Value {
    return unite(this, other);
  }
}

/** What keys are compared by, by their values as JSON. */
const keyText = (keys: readonly unknown[]): string => JSON.stringify(keys.map((key) => (typeof key === 'bigint' ? `int64 ${key}` : (key ?? null))));

const escapedKeys = ({ listMapKeys = [] }: StructuralSchema): string[] => listMapKeys.map((name) => escapeName(name) ?? name);

/** A list of objects that are known by some of their fields. */
class JsonMapList extends JsonItems {
  readonly #keys = escapedKeys(this.schema);
  #byKey: Map<string, unknown> | undefined;

  /** The reference looks for the fields by their identifiers. */
  #keyOf(item: unknown): string | undefined {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
    return keyText(this.#keys.map((name) => (Object.hasOwn(item, name) ? (item as Record<string, unknown>)[name] : null)));
  }

  override equals(other: Value): Value {
    if (!(other instanceof ListValue)) return overloadErrorFor(other);
    if (this.size !== other.size) return false;
    this.#byKey ??= new Map(this.items.map((item) => [this.#keyOf(item) ?? '', item] as const));
    const seen = new Set<string>();
    for (const element of elementsOf(other)) {
      const key = element instanceof JsonObject ? this.#keyOf(element.json) : undefined;
      if (key === undefined || !this.#byKey.has(key)) return false;
      const same = equals(schemaValue(this.#byKey.get(key), this.schema.items!), element);
      if (same !== true) return same;
      seen.add(key);
    }
    return seen.size === this.#byKey.size;
  }

  override add(other: Value): Value {
    return merge(this, other, this.#keys);
  }
}

/** The key of an object in a list. */
function valueKey(element: Value, keys: readonly string[]): string {
  const found = keys.map((name) => {
    const value = element instanceof MapValue ? element.find(name) : undefined;
    return value === undefined || value instanceof CelError ? null : identity(value);
  });
  return keyText(found);
}

/** The second list's objects take the places of those of the same key in the first. */
function merge(a: ListValue, b: Value, keys: readonly string[]): Value {
  if (!(b instanceof ListValue)) return overloadErrorFor(b);
  const elements = elementsOf(a);
  const places = new Map(elements.map((element, i) => [valueKey(element, keys), i] as const));
  for (const element of elementsOf(b)) {
    const place = places.get(valueKey(element, keys));
    if (place === undefined) elements.push(element);
    else elements[place] = element;
  }
  return new MapList(elements, keys);
}

/** A list of objects with keys that is the sum of two. */
class MapList extends ComputedList {
  constructor(
    elements: readonly Value[],
    readonly keys: readonly string[],
  ) {
    super(elements);
  }

  override equals(other: Value): Value {
    if (!(other instanceof ListValue)) return overloadErrorFor(other);
    if (this.size !== other.size) return false;
    const byKey = new Map(this.elements.map((element) => [valueKey(element, this.keys), element] as const));
    const seen = new Set<string>();
    for (const element of elementsOf(other)) {
      const key = valueKey(element, this.keys);
      const mine = byKey.get(key);
      if (mine === undefined) return false;
      const same = equals(mine, element);
      if (same !== true) return same;
      seen.add(key);
    }
    return seen.size === byKey.size;
  }

  override add(other: Value): Value {
    return merge(this, other, this.keys);
  }
}
