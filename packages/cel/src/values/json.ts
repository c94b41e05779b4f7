/** JSON values as values of CEL, and back. */
import { Boxed } from './boxed.js';
import { elementsOf } from './map.js';
import { durationText, timestampText } from './time.js';
import { Double, Duration, ListValue, MapValue, Optional, Timestamp, Uint, type Value } from './value.js';

/**
 * A JSON value without a schema. Whole numbers are ints, others doubles; nested values are wrapped when they are read.
 * Values of CEL stay what they are, also within objects and lists.
 */
export function fromJson(json: unknown): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json;
    case 'number':
      return Number.isSafeInteger(json) ? json + 0 : new Double(json);
    case 'bigint':
      return json >= -9007199254740991n && json <= 9007199254740991n ? Number(json) : json;
    default:
  }
  if (json === null || json === undefined) return null;
  if (Array.isArray(json)) return new JsonList(json);
  if (json instanceof Boxed || json instanceof Uint8Array) return json as Value;
  return new JsonMap(json as Readonly<Record<string, unknown>>);
}

class JsonList extends ListValue {
  constructor(readonly items: readonly unknown[]) {
    super();
  }

  override get size(): number {
    return this.items.length;
  }

  override at(index: number): Value {
    return fromJson(this.items[index]);
  }
}

class JsonMap extends MapValue {
  #names: string[] | undefined;

  constructor(readonly members: Readonly<Record<string, unknown>>) {
    super();
  }

  get #keys(): string[] {
    this.#names ??= Object.keys(this.members);
    return this.#names;
  }

  override get size(): number {
    return this.#keys.length;
  }

  override find(key: Value): Value | undefined {
    return typeof key === 'string' && Object.hasOwn(this.members, key) ? fromJson(this.members[key]) : undefined;
  }

  override keys(): Iterable<Value> {
    return this.#keys;
  }
}

/** Why a value has no JSON form. */
export class NoJsonError extends Error {}

/**
 * The JSON form of a value, as protobuf's JSON has it: uints and ints beyond 2^53 are text, timestamps and durations too, bytes are base64.
 * @throws NoJsonError for types, infinite numbers, keys that are no texts, and the values of libraries.
 */
export function toJson(value: Value): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return value;
    case 'bigint':
      return String(value);
    default:
  }
  if (value === null) return null;
  if (value instanceof Double && Number.isFinite(value.value)) return value.value;
  if (value instanceof Uint) return value.value > 9007199254740991n ? String(value.value) : Number(value.value);
  if (value instanceof ListValue) return elementsOf(value).map(toJson);
  if (value instanceof MapValue) return Object.fromEntries([...value.keys()].map((key) => [memberName(key), toJson(value.find(key)!)]));
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Optional && value.content !== undefined) return toJson(value.content);
  throw new NoJsonError(`a value of type ${value.constructor.name} has no JSON form`);
}

function memberName(key: Value): string {
  if (typeof key === 'string') return key;
  throw new NoJsonError('the key of a map is no text');
}
