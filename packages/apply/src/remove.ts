/** Takes fields out of an object (sigs.k8s.io/structured-merge-diff/v6/typed, RemoveItems). */
import { setMember } from '@apiserver-kit/machinery';
import { asList, asMap, isEmptyMap } from './comparison.js';
import type { FieldSet } from './field-set.js';
import { itemElement } from './list-items.js';
import { formOf, type MergeType, settled } from './merge-type.js';
import { memberElement } from './path-element.js';

/**
 * The value without these fields. A list or a map that is left with nothing in it becomes null, as does one that is atomic and has fields
 * taken out of its inside. Writes to nothing; shares what it does not change.
 */
export function removeFields(type: MergeType | undefined, value: unknown, fields: FieldSet): unknown {
  if (fields.isEmpty) return value;
  switch (type ? settled(type, formOf(type, value)) : 'any') {
    case 'scalar':
      return value;
    case 'map':
      return removeMembers(type!, asMap(value), fields);
    case 'list':
      return removeItems(type!, asList(value), fields);
    default:
      return null;
  }
}

function removeMembers({ map }: MergeType, value: Record<string, unknown> | undefined, fields: FieldSet): unknown {
  if (!value || isEmptyMap(value) || map!.isAtomic) return null;
  const out: Record<string, unknown> = {};
  for (const name in value) {
    const found = fields.nodes.get(memberElement(name));
    if (found?.isMember) continue;
    setMember(out, name, found?.children ? removeFields(map!.field(name)?.type ?? map!.element, value[name], found.children) : value[name]);
  }
  return isEmptyMap(out) ? null : out;
}

function removeItems({ list }: MergeType, value: readonly unknown[] | undefined, fields: FieldSet): unknown {
  if (!value?.length || list!.isAtomic) return null;
  const out: unknown[] = [];
  for (const item of value) {
    const found = fields.nodes.get(itemElement(list!, item));
    if (found?.isMember) continue;
    out.push(found?.children ? removeFields(list!.element, item, found.children) : item);
  }
  return out.length > 0 ? out : null;
}
