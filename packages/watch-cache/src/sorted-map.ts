/**
 * A sorted map that is never written to: a change gives a new map which shares nearly all of the old one. So every list, page and snapshot
 * is a reference, taken in no time.
 *
 * Two levels: chunks of up to 128 entries, and an array of chunks. A change copies one chunk and the array of chunks: at 100,000 entries
 * about 1,500 references, 2 µs. Deeper trees copy less and are slower to walk; lists are walked far more often than changed.
 */
const maxChunk = 128;

interface Chunk<V> {
  readonly keys: readonly string[];
  readonly values: readonly V[];
}

export class SortedMap<V> {
  private constructor(
    private readonly chunks: readonly Chunk<V>[],
    readonly size: number,
  ) {}

  static empty<V>(): SortedMap<V> {
    return new SortedMap<V>([], 0);
  }

  /** From entries that are already in the order of their keys, without duplicates. */
  static fromSorted<V>(keys: readonly string[], values: readonly V[]): SortedMap<V> {
    const chunks: Chunk<V>[] = [];
    for (let i = 0; i < keys.length; i += maxChunk / 2) chunks.push({ keys: keys.slice(i, i + maxChunk / 2), values: values.slice(i, i + maxChunk / 2) });
    return new SortedMap(chunks, keys.length);
  }

  get(key: string): V | undefined {
    const chunk = this.chunks[this.#chunkFor(key)];
    if (!chunk) return undefined;
    const i = lowerBound(chunk.keys, key);
    return chunk.keys[i] === key ? chunk.values[i] : undefined;
  }

  set(key: string, value: V): SortedMap<V> {
    const c = this.#chunkFor(key);
    const chunk = this.chunks[c];
    if (!chunk) return new SortedMap([{ keys: [key], values: [value] }], 1);
    const i = lowerBound(chunk.keys, key);
    const isReplacement = chunk.keys[i] === key;
    const values = chunk.values.slice();
    const chunks = this.chunks.slice();
    if (isReplacement) {
      values[i] = value;
      chunks[c] = { keys: chunk.keys, values };
      return new SortedMap(chunks, this.size);
    }
    const keys = chunk.keys.slice();
    keys.splice(i, 0, key);
    values.splice(i, 0, value);
    if (keys.length <= maxChunk) chunks[c] = { keys, values };
    else {
      const half = keys.length >> 1;
      chunks.splice(c, 1, { keys: keys.slice(0, half), values: values.slice(0, half) }, { keys: keys.slice(half), values: values.slice(half) });
    }
    return new SortedMap(chunks, this.size + 1);
  }

  delete(key: string): SortedMap<V> {
    const c = this.#chunkFor(key);
    const chunk = this.chunks[c];
    if (!chunk) return this;
    const i = lowerBound(chunk.keys, key);
    if (chunk.keys[i] !== key) return this;
    const chunks = this.chunks.slice();
    const left = { keys: without(chunk.keys, i), values: without(chunk.values, i) };
    const next = chunks[c + 1];
    if (left.keys.length === 0) chunks.splice(c, 1);
    // Small neighbours become one, so that a map that has shrunk is not made of crumbs.
    else if (next && left.keys.length + next.keys.length <= maxChunk / 4) {
      chunks.splice(c, 2, { keys: [...left.keys, ...next.keys], values: [...left.values, ...next.values] });
    } else chunks[c] = left;
    return new SortedMap(chunks, this.size - 1);
  }

  /** The values from `start` (inclusive) to `end` (exclusive), in order. Copies chunks, not entries. */
  values(start: string, end: string): V[] {
    const parts: (readonly V[])[] = [];
    for (let c = this.#chunkFor(start); c < this.chunks.length; c++) {
      const { keys, values } = this.chunks[c]!;
      if (keys[0]! >= end) break;
      const first = keys[0]! >= start ? 0 : lowerBound(keys, start);
      const last = keys[keys.length - 1]! < end ? keys.length : lowerBound(keys, end);
      if (first < last) parts.push(first === 0 && last === keys.length ? values : values.slice(first, last));
    }
    return ([] as V[]).concat(...parts);
  }

  /** Calls `visit` for the entries from `start` (inclusive) to `end` (exclusive), in order, until it answers false. */
  visit(start: string, end: string, visit: (value: V, key: string) => unknown): void {
    for (let c = this.#chunkFor(start); c < this.chunks.length; c++) {
      const { keys, values } = this.chunks[c]!;
      if (keys[0]! >= end) return;
      for (let i = keys[0]! >= start ? 0 : lowerBound(keys, start); i < keys.length; i++) {
        if (keys[i]! >= end || visit(values[i]!, keys[i]!) === false) return;
      }
    }
  }

  /** How many entries there are from `start` (inclusive) to `end` (exclusive); walks chunks, not entries. */
  count(start: string, end: string): number {
    let total = 0;
    for (let c = this.#chunkFor(start); c < this.chunks.length; c++) {
      const { keys } = this.chunks[c]!;
      if (keys[0]! >= end) break;
      const first = keys[0]! >= start ? 0 : lowerBound(keys, start);
      const last = keys[keys.length - 1]! < end ? keys.length : lowerBound(keys, end);
      total += Math.max(last - first, 0);
    }
    return total;
  }

  /** The chunk that holds the key or would: the last one that begins at or before it. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.chunks[middle]!.keys[0]! <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The first index whose key is not less. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The end of the range of all keys that start with a prefix, which ends in a slash. */
export const prefixEnd = (prefix: string): string => `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;

const without = <T>(list: readonly T[], i: number): T[] => {
  const copy = list.slice();
  copy.splice(i, 1);
  return copy;
};
