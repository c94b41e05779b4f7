/** Evaluates parsed JSONPaths over JSON values. */
import { goPrint, goTypeOf } from '../go-print.js';
import { getMember } from '../member.js';
import { isRecord } from '../object.js';
import { compareBy, type IntegerKind, NumberLiteral } from './compare.js';
import { JSONPathError } from './jsonpath-error.js';
import type { ArrayBound, JSONPathNode } from './node.js';

export interface JSONPathOptions {
  /** True: a field that is not there gives nothing. False: it is an error. Default false. */
  readonly allowMissingKeys?: boolean;
  /** How filters see whole numbers of the data: an int64 compares with `1` and not with `1.5`, a float64 the other way around. Default `int64`, as in the API server. */
  readonly integers?: IntegerKind;
}

/** A failure that has come so far: what `exists` filters count. */
class Failure extends JSONPathError {
  readonly #reached: readonly unknown[];

  constructor(message: string, reached: readonly unknown[]) {
    super(message);
    this.#reached = reached;
  }

  get reached(): readonly unknown[] {
    return this.#reached;
  }
}

/** One evaluation of a template. */
export class Evaluation {
  readonly #nodes: readonly JSONPathNode[];
  readonly #allowMissingKeys: boolean;
  readonly #integers: IntegerKind;
  #beginRange = 0;
  #inRange = 0;
  #endRange = 0;
  #lastEnd = -1;

  constructor(nodes: readonly JSONPathNode[], { allowMissingKeys = false, integers = 'int64' }: JSONPathOptions) {
    this.#nodes = nodes;
    this.#allowMissingKeys = allowMissingKeys;
    this.#integers = integers;
  }

  /** The results of the template's parts from one on. Between `range` and `end` they are found for each result of the range. */
  results(data: unknown, from = 0): unknown[][] {
    const all: unknown[][] = [];
    for (let at = from; at < this.#nodes.length; at++) {
      // Go has no value at all for a null that a walk starts with; a null inside the data is one.
      const results = this.#walk([data ?? undefined], this.#nodes[at]!);
      if (this.#endRange > 0 && this.#endRange <= this.#inRange) {
        this.#endRange--;
        this.#lastEnd = at;
        break;
      }
      if (this.#beginRange === 0) {
        all.push(results.map((value) => plain(value) ?? null));
        continue;
      }
      this.#beginRange--;
      this.#inRange++;
      for (const item of results) all.push(...this.results(item, at + 1));
      // A range over nothing is walked all the same, to find its end.
      if (results.length === 0) this.results(undefined, at + 1);
      this.#inRange--;
      if (this.#lastEnd > at) at = this.#lastEnd;
    }
    return all;
  }

  #list(values: readonly unknown[], nodes: readonly JSONPathNode[]): readonly unknown[] {
    let current = values;
    for (const node of nodes) current = this.#walk(current, node);
    return current;
  }

  #walk(values: readonly unknown[], node: JSONPathNode): readonly unknown[] {
    switch (node.type) {
      case 'list':
        return this.#list(values, node.nodes);
      case 'text':
        return [node.text];
      case 'field':
        return this.#field(values, node.name);
      case 'array':
        return this.#slices(values, node.bounds);
      case 'filter':
        return this.#filter(values, node);
      case 'number':
        return values.map(() => new NumberLiteral(node.value, node.isFloat));
      case 'bool':
        return values.map(() => node.value);
      case 'wildcard':
        return values.flatMap(membersOf);
      case 'recursive':
        return descendants(values);
      case 'union':
        return this.#union(values, node.branches);
      case 'identifier':
        return this.#identifier(values, node.name);
    }
  }

  #field(values: readonly unknown[], name: string): unknown[] {
    if (values.length === 0) return [];
    const found = values.flatMap((value) => {
      const member = isRecord(value) ? getMember(value, name) : undefined;
      return member === undefined ? [] : [member];
    });
    if (found.length === 0 && !this.#allowMissingKeys) throw new Failure(`${name} is not found`, []);
    return found;
  }

  #slices(values: readonly unknown[], bounds: readonly [ArrayBound, ArrayBound, ArrayBound]): unknown[] {
    const found: unknown[] = [];
    for (const value of values) {
      if (value === null) continue;
      if (!Array.isArray(value)) throw new Failure(`${this.#typeOf(value)} is not array or slice`, values);
      const items = sliced(value, bounds, values);
      // An empty range ends the search in all of them.
      if (items === undefined) break;
      found.push(...items);
    }
    return found;
  }

  #typeOf(value: unknown): string {
    if (value instanceof NumberLiteral) return value.isFloat ? 'float64' : 'int';
    const type = goTypeOf(value);
    return type === 'int64' ? this.#integers : type;
  }

  #union(values: readonly unknown[], branches: readonly JSONPathNode[][]): unknown[] {
    try {
      return branches.flatMap((branch) => this.#list(values, branch));
    } catch (error) {
      throw error instanceof JSONPathError ? new Failure(error.message, values) : error;
    }
  }

  #identifier(values: readonly unknown[], name: string): readonly unknown[] {
    if (name === 'range') {
      this.#beginRange++;
      return values;
    }
    if (name !== 'end') throw new Failure(`unrecognized identifier ${name}`, values);
    if (this.#inRange === 0) throw new Failure('not in range, nothing to end', []);
    this.#endRange++;
    return [];
  }

  #filter(values: readonly unknown[], filter: JSONPathNode & { type: 'filter' }): unknown[] {
    return values.flatMap((value) => {
      if (!Array.isArray(value))
        throw new Failure(`${value === undefined ? '<invalid reflect.Value>' : goPrint(plain(value))} is not array or slice and cannot be filtered`, values);
      return value.filter((item: unknown) => {
        try {
          return this.#passes(item, filter);
        } catch (error) {
          throw error instanceof JSONPathError ? new Failure(error.message, values) : error;
        }
      });
    });
  }

  #passes(item: unknown, { left, operator, right }: JSONPathNode & { type: 'filter' }): boolean {
    if (operator === 'exists') return this.#reached(item, left).length > 0;
    const lefts = this.#list([item], left);
    if (lefts.length === 0) return false;
    if (lefts.length > 1) throw new JSONPathError('can only compare one element at a time');
    const rights = this.#list([item], right);
    if (rights.length === 0) return false;
    if (rights.length > 1) throw new JSONPathError('can only compare one element at a time');
    return compareBy(operator, lefts[0], rights[0], this.#integers);
  }

  /** What is there, also where the path fails: that something exists is no more than that. */
  #reached(item: unknown, nodes: readonly JSONPathNode[]): readonly unknown[] {
    try {
      return this.#list([item], nodes);
    } catch (error) {
      if (error instanceof Failure) return error.reached;
      throw error;
    }
  }
}

/** The items within the bounds; undefined where the bounds are the same. */
function sliced(
  value: readonly unknown[],
  [start, end, step]: readonly [ArrayBound, ArrayBound, ArrayBound],
  values: readonly unknown[],
): unknown[] | undefined {
  const { length } = value;
  const first = start.isKnown ? start.value + (start.value < 0 ? length : 0) : 0;
  let last = end.isKnown ? end.value : length;
  // `[-1]` has the end 0, which is the list's.
  if (last < 0 || (last === 0 && end.isDerived)) last += length;
  if (first === last) return undefined;
  if (first >= length || first < 0) throw new Failure(`array index out of bounds: index ${first}, length ${length}`, values);
  if (last > length || last < 0) throw new Failure(`array index out of bounds: index ${last - 1}, length ${length}`, values);
  if (first > last) throw new Failure(`starting index ${first} is greater than ending index ${last}`, values);
  const items = value.slice(first, last);
  if (!step.isKnown) return items;
  if (step.value <= 0) throw new Failure('step must be > 0', values);
  return items.filter((_, at) => at % step.value === 0);
}

const plain = (value: unknown): unknown => (value instanceof NumberLiteral ? value.value : value);

/** What `*` finds: members, items, and the bytes of a text. */
function membersOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...Buffer.from(value)];
  return isRecord(value) ? Object.values(value) : [];
}

/** What `..` finds: everything that has something in it, each before what is in it. */
function descendants(values: readonly unknown[]): unknown[] {
  const found: unknown[] = [];
  const open = [...values].reverse();
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') {
      if (value !== '') found.push(value);
      continue;
    }
    const members = membersOf(value);
    if (members.length === 0) continue;
    found.push(value);
    for (let at = members.length - 1; at >= 0; at--) open.push(members[at]);
  }
  return found;
}
