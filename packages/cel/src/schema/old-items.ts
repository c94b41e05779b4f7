/** The items of the list that a list replaces, found by their keys. */
import { isRecord } from '@apiserver-kit/machinery';
import type { StructuralSchema } from '@apiserver-kit/schema';
import { Double } from '../values/value.js';

/** Only lists of objects with keys tell which of their items are the same. */
export class OldItems {
  readonly #keys: readonly string[];
  #byKey: Map<string, unknown> | undefined;

  constructor(
    { type, listType, listMapKeys = [] }: StructuralSchema,
    readonly items: readonly unknown[],
  ) {
    this.#keys = type === 'array' && listType === 'map' ? listMapKeys : [];
  }

  /** The old item with the keys of this one; of several the first. */
  like(item: unknown): unknown {
    if (this.#keys.length === 0 || this.items.length === 0) return undefined;
    const key = this.#keyOf(item);
    return key === undefined ? undefined : this.#index().get(key);
  }

  #index(): Map<string, unknown> {
    if (this.#byKey) return this.#byKey;
    this.#byKey = new Map();
    for (const item of this.items) {
      const key = this.#keyOf(item);
      if (key !== undefined && !this.#byKey.has(key)) this.#byKey.set(key, item);
    }
    return this.#byKey;
  }

  /** The keys as one text; undefined where one is missing or no scalar. */
  #keyOf(item: unknown): string | undefined {
    if (!isRecord(item)) return undefined;
    if (this.#keys.length === 1) {
      // Nearly always there is one key, a name.
      const only = Object.hasOwn(item, this.#keys[0]!) ? item[this.#keys[0]!] : null;
      if (typeof only === 'string') return `=${only}`;
    }
    const found: unknown[] = [];
    for (const name of this.#keys) {
      const key = Object.hasOwn(item, name) ? item[name] : null;
      if (key instanceof Double) found.push(`float ${key.value}`);
      else if (key === null || typeof key === 'object') return undefined;
      else found.push(typeof key === 'bigint' ? `int64 ${key}` : key);
    }
    return JSON.stringify(found);
  }
}
