/** An object beside the one that it replaces: what of it is unchanged (apiserver/pkg/cel/common). */
import { isRecord, jsonEqual } from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';

/** A value, the value that it replaces, and the schema that says how the items of lists correspond. */
export class Correlation {
  private children: Map<string | number, Correlation | undefined> | undefined;
  private oldByKey: Map<string, unknown> | undefined;
  private equal: boolean | undefined;

  constructor(
    readonly value: unknown,
    readonly old: unknown,
    readonly schema: StructuralSchema,
  ) {}

  /** The member of that name; undefined where the old object or the schema has none. */
  member(name: string): Correlation | undefined {
    return this.child(name, () => {
      const { value, old, schema } = this;
      if (!isRecord(value) || !isRecord(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
      const property = schema.properties?.get(name) ?? valueSchema(schema);
      return property && new Correlation(value[name], old[name], property);
    });
  }

  /** The item at that index; undefined unless the list is a map by key and the old one has the key. */
  item(index: number): Correlation | undefined {
    return this.child(index, () => {
      const { value, old, schema } = this;
      if (!isMapByKey(schema) || !Array.isArray(value) || !Array.isArray(old)) return undefined;
      const key = keyOf(value[index], schema);
      if (key === undefined || schema.items === undefined) return undefined;
      this.oldByKey ??= byKey(old, schema);
      const oldItem = this.oldByKey.get(key);
      return oldItem === undefined ? undefined : new Correlation(value[index], oldItem, schema.items);
    });
  }

  /** Whether nothing changed. A map by key may have been reordered. What the schema does not specify counts as changed. */
  isUnchanged(): boolean {
    this.equal ??= this.compare();
    return this.equal;
  }

  private compare(): boolean {
    const { value, old, schema } = this;
    if (Array.isArray(value)) {
      if (!Array.isArray(old) || old.length !== value.length) return false;
      return isMapByKey(schema) ? value.every((_, i) => this.item(i)?.isUnchanged() ?? false) : jsonEqual(value, old);
    }
    if (!isRecord(value)) return value === old;
    if (!isRecord(old)) return false;
    const names = Object.keys(value);
    return names.length === Object.keys(old).length && names.every((name) => this.member(name)?.isUnchanged() ?? false);
  }

  private child(step: string | number, make: () => Correlation | undefined): Correlation | undefined {
    this.children ??= new Map();
    if (this.children.has(step)) return this.children.get(step);
    const made = make();
    this.children.set(step, made);
    return made;
  }
}

const isMapByKey = ({ listType }: StructuralSchema): boolean => listType === 'map';

/** The keys of an item as one text; undefined where one is missing or no scalar. */
function keyOf(item: unknown, { listMapKeys = [] }: StructuralSchema): string | undefined {
  if (!isRecord(item)) return undefined;
  const keys: unknown[] = [];
  for (const name of listMapKeys) {
    const key = Object.hasOwn(item, name) ? item[name] : null;
    if (key === null || typeof key === 'object') return undefined;
    keys.push(typeof key === 'bigint' ? `int64 ${key}` : key);
  }
  return JSON.stringify(keys);
}

function byKey(items: readonly unknown[], schema: StructuralSchema): Map<string, unknown> {
  const keyed = new Map<string, unknown>();
  for (const item of items) {
    const key = keyOf(item, schema);
    if (key !== undefined && !keyed.has(key)) keyed.set(key, item);
  }
  return keyed;
}
