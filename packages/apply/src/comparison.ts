/** What changed from one object to another, field by field (sigs.k8s.io/structured-merge-diff/v6/typed, Compare). */
import { jsonEqual } from '@apiserver-kit/machinery';
import { type FieldFilter, type FieldNode, FieldSet, FieldSetBuilder, fieldNode, leaf } from './field-set.js';
import { itemElement } from './list-items.js';
import { type Form, formOf, type ListMergeType, type MapMergeType, type MergeType, settled } from './merge-type.js';
import { memberElement, type PathElement } from './path-element.js';

/** The fields that differ. Each is in one of the three. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

/** Compares two values that fit the type. */
export function compare(type: MergeType, before: unknown, after: unknown): Comparison {
  const walk = new CompareWalk();
  if (before !== undefined || after !== undefined) walk.compare(type, before, after);
  return { removed: walk.removed.build(), modified: walk.modified.build(), added: walk.added.build() };
}

/** The comparison of what a filter lets through. */
export const filtered = (comparison: Comparison, filter: FieldFilter | undefined): Comparison =>
  filter ? { removed: filter(comparison.removed), modified: filter(comparison.modified), added: filter(comparison.added) } : comparison;

export const asList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
export const asMap = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

export function isEmptyMap(map: Record<string, unknown> | undefined): boolean {
  for (const _ in map) return false;
  return true;
}

/** An absent value is undefined; null is a value. */
class CompareWalk {
  readonly removed = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly added = new FieldSetBuilder();
  readonly #path: PathElement[] = [];

  /** At least one of the two is there. */
  compare(type: MergeType, before: unknown, after: unknown): void {
    if (before === undefined || after === undefined) {
      const isAdded = before === undefined;
      (isAdded ? this.added : this.removed).insert(this.#path, allFields(type, isAdded ? after : before));
      return;
    }
    const [first, second] = [formOf(type, before), formOf(type, after)];
    // A value that became one of another form: what it was is gone, what it is is new.
    if (first !== second) this.#as(first, type, before, after);
    this.#as(second, type, before, after);
  }

  /** Compares as values of one form. */
  #as(form: Form, type: MergeType, before: unknown, after: unknown): void {
    const actual = settled(type, form);
    if (actual === 'map') this.#maps(type.map!, before, after);
    else if (actual === 'list') this.#lists(type.list!, before, after);
    else if (actual === 'scalar') this.#leaf(before, after);
  }

  #leaf(before: unknown, after: unknown): void {
    if (!jsonEqual(before, after)) this.modified.insert(this.#path);
  }

  #maps(map: MapMergeType, beforeValue: unknown, afterValue: unknown): void {
    const [before, after] = [asMap(beforeValue), asMap(afterValue)];
    if (map.isAtomic || (isEmptyMap(before) && isEmptyMap(after))) {
      this.#leaf(beforeValue, afterValue);
      return;
    }
    for (const name in before) this.#member(map, name, before[name], after && Object.hasOwn(after, name) ? after[name] : undefined);
    for (const name in after) if (!before || !Object.hasOwn(before, name)) this.#member(map, name, undefined, after[name]);
  }

  #member(map: MapMergeType, name: string, before: unknown, after: unknown): void {
    if (before === after) return;
    const type = map.field(name)?.type ?? map.element;
    if (!type) return;
    this.#path.push(memberElement(name));
    this.compare(type, before, after);
    this.#path.pop();
  }

  #lists(list: ListMergeType, beforeValue: unknown, afterValue: unknown): void {
    const [before, after] = [asList(beforeValue), asList(afterValue)];
    if (list.isAtomic || (!before?.length && !after?.length)) {
      this.#leaf(beforeValue, afterValue);
      return;
    }
    if (before && after && jsonEqual(before, after)) return;
    const [beforeItems, afterItems] = [itemsByElement(list, before), itemsByElement(list, after)];
    for (const [element, items] of beforeItems) this.#items(list, element, items, afterItems.get(element) ?? []);
    for (const [element, items] of afterItems) if (!beforeItems.has(element)) this.#items(list, element, [], items);
  }

  /** Items of one element. One that is there several times is taken as one value, since nobody can tell which is whose. */
  #items(list: ListMergeType, element: PathElement, before: readonly unknown[], after: readonly unknown[]): void {
    this.#path.push(element);
    if (before.length <= 1 && after.length <= 1) {
      this.compare(list.element, before[0], after[0]);
    } else if (before.length > 1 && after.length > 1) {
      if (!jsonEqual(before, after)) this.modified.insert(this.#path);
    } else if (before.length > 1) {
      if (after.length > 0) this.compare(list.element, undefined, after[0]);
      this.removed.insert(this.#path);
    } else {
      if (before.length > 0) this.compare(list.element, before[0], undefined);
      this.added.insert(this.#path);
    }
    this.#path.pop();
  }
}

/** All fields inside a value that came or went as a whole, its structs among them. */
function allFields(type: MergeType, value: unknown): FieldSet | undefined {
  const form = settled(type, formOf(type, value));
  if (form === 'map' && !type.map!.isAtomic) return allMembers(type.map!, asMap(value));
  return form === 'list' && !type.list!.isAtomic ? allItems(type.list!, asList(value) ?? []) : undefined;
}

const whole = (children: FieldSet | undefined): FieldNode => fieldNode(true, children)!;

function allMembers(map: MapMergeType, value: Record<string, unknown> | undefined): FieldSet {
  const nodes = new Map<PathElement, FieldNode>();
  for (const name in value) {
    const type = map.field(name)?.type ?? map.element;
    if (type) nodes.set(memberElement(name), whole(allFields(type, value[name])));
  }
  return FieldSet.from(nodes);
}

function allItems(list: ListMergeType, items: readonly unknown[]): FieldSet {
  const nodes = new Map<PathElement, FieldNode>();
  for (const item of items) {
    const element = itemElement(list, item);
    nodes.set(element, nodes.has(element) ? leaf : whole(allFields(list.element, item)));
  }
  return FieldSet.from(nodes);
}

function itemsByElement(list: ListMergeType, items: readonly unknown[] | undefined): Map<PathElement, unknown[]> {
  const byElement = new Map<PathElement, unknown[]>();
  for (const item of items ?? []) {
    const element = itemElement(list, item);
    const same = byElement.get(element);
    if (same) same.push(item);
    else byElement.set(element, [item]);
  }
  return byElement;
}
