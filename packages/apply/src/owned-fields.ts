/** The fields that an object names: what its applier owns (sigs.k8s.io/structured-merge-diff/v6/typed, ToFieldSet). */
import { asList, asMap, isEmptyMap } from './comparison.js';
import { type FieldNode, FieldSet, fieldNode, leaf } from './field-set.js';
import { itemElement } from './list-items.js';
import { formOf, type ListMergeType, type MapMergeType, type MergeType, settled } from './merge-type.js';
import { memberElement, type PathElement } from './path-element.js';

/** Every leaf and every item of a value that fits the type. */
export function fieldsOf(type: MergeType, value: unknown): FieldSet {
  return below(type, value) ?? FieldSet.empty;
}

/** The fields inside a value; undefined for one that is a leaf. */
function below(type: MergeType, value: unknown): FieldSet | undefined {
  switch (settled(type, formOf(type, value))) {
    case 'map':
      return type.map!.isAtomic ? undefined : members(type.map!, asMap(value));
    case 'list':
      return type.list!.isAtomic ? undefined : items(type.list!, asList(value) ?? []);
    default:
      return undefined;
  }
}

function members(map: MapMergeType, value: Record<string, unknown> | undefined): FieldSet {
  if (!value) return FieldSet.empty;
  const nodes = new Map<PathElement, FieldNode>();
  for (const name in value) {
    const field = map.field(name);
    const type = field?.type ?? map.element;
    const member = value[name];
    const children = type && below(type, member);
    // Structs are nobody's, only what is in them; but who writes an empty one owns that, and members of maps come and go with their owners.
    const isOwned = children === undefined || field === undefined || member === null || isEmptyObject(member);
    const node = fieldNode(isOwned, children);
    if (node) nodes.set(memberElement(name), node);
  }
  return FieldSet.from(nodes);
}

const isEmptyObject = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value) && isEmptyMap(asMap(value));

function items(list: ListMergeType, values: readonly unknown[]): FieldSet {
  const nodes = new Map<PathElement, FieldNode>();
  for (const item of values) {
    const element = itemElement(list, item);
    // An item that is there several times is one value: nobody can tell which is whose.
    nodes.set(element, nodes.has(element) ? leaf : fieldNode(true, below(list.element, item))!);
  }
  return FieldSet.from(nodes);
}
