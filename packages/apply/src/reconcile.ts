/**
 * Brings sets of fields in line with a schema that has changed since they were written: where a list or map has become atomic, who owned
 * something in it owns it as a whole (sigs.k8s.io/structured-merge-diff/v6/typed, ReconcileFieldSetWithSchema). What has become granular needs
 * nothing: it is taken as if it had always been.
 */
import { type FieldNode, FieldSet, leaf } from './field-set.js';
import { isUndeclaredMap, type MergeType, settled } from './merge-type.js';
import { memberName, type PathElement } from './path-element.js';

/** The set, in line with the type; the same set where it is. */
export function reconcile(type: MergeType, fields: FieldSet): FieldSet {
  // Mostly nothing has changed, and nothing is walked.
  if (fields.inLineWith === type) return fields;
  const reconciled = walk(type, fields);
  reconciled.inLineWith = type;
  return reconciled;
}

function walk(type: MergeType, fields: FieldSet): FieldSet {
  let changed: Map<PathElement, FieldNode> | undefined;
  for (const [element, node] of fields.nodes) {
    const below = typeBelow(type, element);
    if (!node.children || !below) continue;
    const now = reconcileNode(below, node, node.children);
    if (now === node) continue;
    changed ??= new Map(fields.nodes);
    changed.set(element, now);
  }
  return changed ? new FieldSet(changed) : fields;
}

function reconcileNode(type: MergeType, node: FieldNode, children: FieldSet): FieldNode {
  const form = settled(type, 'any');
  if (form === 'map' && isUndeclaredMap(type.map!)) return node;
  if ((form === 'map' && type.map!.isAtomic) || (form === 'list' && type.list!.isAtomic)) return leaf;
  const now = walk(type, children);
  return now === children ? node : { isMember: node.isMember, children: now };
}

/** The type of what an element stands for, in a type that is not left to the value. */
function typeBelow(type: MergeType, element: PathElement): MergeType | undefined {
  switch (settled(type, 'any')) {
    case 'map': {
      if (isUndeclaredMap(type.map!)) return undefined;
      const name = memberName(element);
      return (name === undefined ? undefined : type.map!.field(name)?.type) ?? type.map!.element;
    }
    case 'list':
      return type.list!.element;
    default:
      return undefined;
  }
}
