/**
 * Sets of fields as managedFields carry them (FieldsV1): `{"f:spec":{"f:replicas":{},"f:template":{".":{},"f:metadata":{}}}}`. An element
 * without anything below it is in the set; one with something below it is in the set if `.` is there.
 */
import { isRecord } from '@apiserver-kit/machinery';
import { type FieldNode, FieldSet, leaf } from './field-set.js';
import { compareElements, FieldsV1Error, type PathElement, readElement } from './path-element.js';

/** A set in its JSON form. Shared: never written to. */
export type FieldsV1 = { readonly [element: string]: FieldsV1 };

const nothing: FieldsV1 = Object.freeze({});

// A set is read once and printed once, however many writes it lives through: objects in caches are read again and again. What changes in a set
// is on one way down; the sets beside it are the same, and so is their text.
const read = new WeakMap<object, FieldSet>();

/** Prints a set, its elements in their order. */
export function printFieldsV1(set: FieldSet): FieldsV1 {
  if (!set.printed) {
    const fields = print(set, false);
    read.set(fields, set);
  }
  return set.printed as FieldsV1;
}

function print(set: FieldSet, isInMember: boolean): FieldsV1 {
  const known = isInMember ? set.printedInMember : set.printed;
  if (known) return known as FieldsV1;
  const out: Record<PathElement, FieldsV1> = {};
  if (isInMember) out['.'] = nothing;
  for (const [element, { isMember, children }] of set.sorted()) out[element] = children ? print(children, isMember) : nothing;
  if (isInMember) set.printedInMember = out;
  else set.printed = out;
  return out;
}

/**
 * Reads a set. What it does not know is left out.
 * @throws FieldsV1Error for what is not in this form.
 */
export function readFieldsV1(fields: unknown): FieldSet {
  if (fields === null || fields === undefined) return FieldSet.empty;
  if (typeof fields !== 'object') throw malformed(fields);
  let set = read.get(fields);
  if (!set) {
    const reading = { isCanonical: true };
    set = readLevel(fields, reading).children ?? FieldSet.empty;
    read.set(fields, set);
    if (reading.isCanonical && !set.isEmpty) set.printed = fields;
  }
  return set;
}

const malformed = (value: unknown): FieldsV1Error =>
  new FieldsV1Error(`ReadMapCB: expect { or n, but found ${(JSON.stringify(value) ?? String(value))[0] ?? ''}, error found in #1 byte`);

/** `isCanonical` ends up false where printing the set would give something else. */
function readLevel(fields: unknown, reading: { isCanonical: boolean }): FieldNode {
  if (fields === null) reading.isCanonical = false;
  else if (!isRecord(fields)) throw malformed(fields);
  let nodes: Map<PathElement, FieldNode> | undefined;
  let isMember = false;
  let last: PathElement | undefined;
  for (const text in fields as Record<string, unknown> | null) {
    const content = (fields as Record<string, unknown>)[text];
    if (text === '.') {
      if (last !== undefined || !isEmptyObject(content)) reading.isCanonical = false;
      isMember = true;
      continue;
    }
    const element = readElement(text);
    if (element === undefined || element !== text || (last !== undefined && compareElements(last, element) >= 0)) reading.isCanonical = false;
    if (element === undefined) continue;
    last = element;
    const node = isEmptyObject(content) ? leaf : readLevel(content, reading);
    nodes ??= new Map();
    const before = nodes.get(element);
    // Two spellings of one element: what is below the later one counts.
    nodes.set(element, before ? { isMember: before.isMember || node.isMember, children: node.children ?? before.children } : node);
  }
  if (nodes) return { isMember, children: new FieldSet(nodes) };
  if (isMember) reading.isCanonical = false;
  return leaf;
}

function isEmptyObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const _ in value) return false;
  return true;
}
