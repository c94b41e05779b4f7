/** The fields that an object names: what its applier owns (sigs.k8s.io/structured-merge-diff/v6/typed, ToFieldSet). */
import { asList, asMap, isEmptyMap } from './comparison.js';
import { FieldSet, FieldSetBuilder } from './field-set.js';
import { itemElement } from './list-items.js';
import { formOf, type ListMergeType, type MapMergeType, type MergeType, settled } from './merge-type.js';
import { memberElement, type PathElement } from './path-element.js';

/** Every leaf and every item of a value that fits the type. */
export function fieldsOf(type: MergeType, value: unknown): FieldSet {
  if (value === null || value === undefined) return FieldSet.empty;
  const walk = { fields: new FieldSetBuilder(), path: [] };
  visit(type, value, walk);
  return walk.fields.build();
}

interface Walk {
  readonly fields: FieldSetBuilder;
  readonly path: PathElement[];
}

function visit(type: MergeType, value: unknown, walk: Walk): void {
  const form = settled(type, formOf(type, value));
  if (form === 'scalar' || (form === 'map' && type.map!.isAtomic) || (form === 'list' && type.list!.isAtomic)) walk.fields.insert(walk.path);
  else if (form === 'map') visitMembers(type.map!, asMap(value), walk);
  else if (form === 'list') visitItems(type.list!, asList(value), walk);
}

function visitMembers(map: MapMergeType, value: Record<string, unknown> | undefined, walk: Walk): void {
  for (const name in value) {
    const field = map.field(name);
    const type = field?.type ?? map.element;
    const member = value[name];
    walk.path.push(memberElement(name));
    if (type) visit(type, member, walk);
    // Structs are nobody's, only what is in them; but who writes an empty one owns that, and members of maps come and go with their owners.
    if (field === undefined || member === null || (typeof member === 'object' && !Array.isArray(member) && isEmptyMap(asMap(member))))
      walk.fields.insert(walk.path);
    walk.path.pop();
  }
}

function visitItems(list: ListMergeType, items: readonly unknown[] = [], walk: Walk): void {
  const elements = items.map((item) => itemElement(list, item));
  const counts = new Map<PathElement, number>();
  for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
  for (const [at, element] of elements.entries()) {
    walk.path.push(element);
    if (counts.get(element) === 1) visit(list.element, items[at], walk);
    walk.fields.insert(walk.path);
    walk.path.pop();
  }
}
