/** Maps whose entries are values. */
import { EvaluationPanic } from './go-type.js';
import { CelError, Double, Duration, type ListValue, MapValue, Timestamp, Uint, type Value, isInt } from './value.js';

/** What identifies a key: ints and uints that mean the same are different keys of one map. */
export function identity(key: Value): unknown {
  if (typeof key === 'string') return key.startsWith('\u0000') ? `\u0000s${key}` : key;
  if (key instanceof Uint) return `\u0000u${key.value}`;
  if (key instanceof Double) return `\u0000d${key.value}`;
  if (key instanceof Timestamp) return `\u0000t${key.seconds} ${key.nanos} ${key.offsetSeconds}`;
  if (key instanceof Duration) return `\u0000n${key.nanos}`;
  if (key instanceof Uint8Array) throw new EvaluationPanic('runtime error: hash of unhashable type types.Bytes');
  return key;
}

/** A map made by an expression. */
export class EntriesMap extends MapValue {
  readonly #entries = new Map<unknown, [key: Value, value: Value]>();

  constructor(
    entries: Iterable<readonly [Value, Value]> = [],
    /** The map that a comprehension collects into: inserting changes it. */
    public isGrowing = false,
  ) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  override get size(): number {
    return this.#entries.size;
  }

  /** Only for who makes the map. */
  set(key: Value, value: Value): void {
    this.#entries.set(identity(key), [key, value]);
  }

  delete(key: Value): void {
    this.#entries.delete(identity(key));
  }

  /** Numbers find keys of the other numeric types that mean the same. */
  override find(key: Value): Value | undefined {
    if (this.#entries.size === 0 || (key instanceof Double && Number.isNaN(key.value))) return undefined;
    const found = this.#entries.get(identity(key));
    if (found) return found[1];
    for (const other of numericKin(key)) {
      const kin = this.#entries.get(identity(other));
      if (kin) return kin[1];
    }
    return undefined;
  }

  override *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }
}

/** The same number as other types write it. */
export function numericKin(key: Value): Value[] {
  if (isInt(key)) return [...(key < 0 ? [] : [new Uint(BigInt(key))]), ...(typeof key === 'number' ? [new Double(key)] : [])];
  if (key instanceof Uint) return [small(key.value), new Double(Number(key.value))];
  if (key instanceof Double && Number.isSafeInteger(key.value)) return [key.value + 0, ...(key.value < 0 ? [] : [new Uint(BigInt(key.value))])];
  return [];
}

const small = (value: bigint): Value => (value <= 9007199254740991n ? Number(value) : value);

/** `cel.@mapInsert`: a map with one more entry. */
export function insert(map: MapValue, key: Value, value: Value, printKey: (key: Value) => string): MapValue | CelError {
  if (map.find(key) !== undefined) return new CelError(`insert failed: key ${printKey(key)} already exists`);
  if (map instanceof EntriesMap && map.isGrowing) {
    map.set(key, value);
    return map;
  }
  const copy = new EntriesMap();
  for (const each of map.keys()) copy.set(each, map.find(each)!);
  copy.set(key, value);
  return copy;
}

/** The values of a list as an array. */
export function elementsOf(list: ListValue): Value[] {
  const elements = new Array<Value>(list.size);
  for (let i = 0; i < elements.length; i++) elements[i] = list.at(i);
  return elements;
}
