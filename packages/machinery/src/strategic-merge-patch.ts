/**
 * Strategic merge patch: a merge patch that knows which lists are merged, and by which key.
 *
 * Directives in a patch: `$patch: replace | delete` (an object, or an item of a merged list), `$retainKeys` (a union: what is not named goes), `$deleteFromPrimitiveList/FIELD`
 * and `$setElementOrder/FIELD`. Errors, and what happens to malformed patches, are those of k8s.io/apimachinery/pkg/util/strategicpatch.
 *
 * Neither the document nor the patch is written to: what does not change is shared with them.
 */
import { getMember, type JsonObject, setMember } from './member.js';
import { goPrint, goTypeOf } from './go-print.js';
import { isRecord } from './object.js';
import { PatchError } from './patch-error.js';
import { badArgument, elementsAreMaps, mergeKeyOf, orderElements, orderMatches } from './strategic-list.js';

/** How a type's fields are patched. Types are looked up as a patch goes down into them. */
export interface PatchMeta {
  /** Go's kind of the type (`struct`, `map` …): part of an error. */
  readonly kind: string;
  /**
   * The field that holds an object.
   * @throws PatchError when the type has no such field.
   */
  object(field: string): FieldPatchMeta;
  /**
   * The field that holds a list.
   * @throws PatchError when the type has no such field, or the field is no list.
   */
  list(field: string): FieldPatchMeta;
}

/** How one field is patched. */
export interface FieldPatchMeta {
  /** A list is merged only with `merge`; an object unless with `replace`. */
  readonly strategy?: 'merge' | 'replace';
  /** The member that tells the items of a merged list apart; undefined for a list of scalars. */
  readonly mergeKey?: string;
  /** The type of the object, or of the list's items. */
  readonly type: PatchMeta;
}

const patchDirective = '$patch';
const retainKeysDirective = '$retainKeys';
const deleteDirective = '$deleteFromPrimitiveList';
const orderDirective = '$setElementOrder';

/**
 * Gives the document as the patch leaves it.
 * @throws PatchError when the patch is malformed, or does not fit the document or the type.
 */
export function strategicMergePatch(document: unknown, patch: unknown, type: PatchMeta): JsonObject {
  if (!isRecord(document) || !isRecord(patch)) throw new PatchError('invalid JSON document', 400);
  return mergeObject(document, patch, type);
}

function mergeObject(original: JsonObject, patch: JsonObject, type: PatchMeta): JsonObject {
  if (Object.hasOwn(patch, patchDirective)) {
    const { [patchDirective]: directive, ...replacement } = patch;
    if (directive === 'replace') return replacement;
    if (directive === 'delete') return {};
    throw unknownDirective(directive, patch);
  }
  const changes = new Map(Object.entries(patch));
  const result = { ...original };
  retainKeys(result, changes);
  orderLists(result, changes, type);
  // A patch has no order. Deletions come first, so that a list that is both deleted from and added to gets what is added.
  for (const [name, change] of changes) if (isDeletionFromList(name)) deleteFromList(result, name, change, type);
  for (const [name, change] of changes) if (!isDeletionFromList(name)) mergeMember(result, name, change, type);
  return result;
}

const unknownDirective = (directive: unknown, patch: JsonObject): PatchError =>
  new PatchError(`unknown patch type: ${goText(directive)} in map: ${goPrint(patch)}`);

/** Go's `%s`, which says so where it is given something other than text. */
const goText = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'object' ? goPrint(value) : `%!s(${goTypeOf(value)}=${goPrint(value)})`;

/** The field that `$directive/FIELD` is about. */
function fieldOf(name: string, directive: string, refusal: string): string {
  const slash = name.indexOf('/');
  if (slash < 0 || name.slice(0, slash) !== directive) throw new PatchError(refusal, 400);
  return name.slice(slash + 1);
}

/** `$retainKeys`: members that it does not name go; the patch may set none but those. */
function retainKeys(result: JsonObject, changes: Map<string, unknown>): void {
  if (!changes.has(retainKeysDirective)) return;
  const names = changes.get(retainKeysDirective);
  changes.delete(retainKeysDirective);
  const malformed = new PatchError('invalid patch format of retainKeys', 400);
  if (!Array.isArray(names)) throw malformed;
  const retained = new Set<unknown>(names);
  for (const [name, change] of changes) {
    if (change === null || isDeletionFromList(name) || name.startsWith(orderDirective)) continue;
    if (!retained.has(name)) throw malformed;
  }
  for (const name of Object.keys(result)) if (!retained.has(name)) delete result[name];
}

/** `$setElementOrder/FIELD`: merges the list of that field and puts it in order. */
function orderLists(result: JsonObject, changes: Map<string, unknown>, type: PatchMeta): void {
  for (const [name, order] of [...changes]) {
    if (!name.startsWith(orderDirective)) continue;
    changes.delete(name);
    if (!Array.isArray(order)) throw badArgument([], order);
    const field = fieldOf(name, orderDirective, 'invalid patch format of setElementOrder list');
    const original = getMember(result, field);
    const patch = changes.get(field);
    if (original !== undefined && !Array.isArray(original)) throw badArgument([], original);
    if (patch !== undefined && !Array.isArray(patch)) throw badArgument([], patch);
    const meta = type.list(field);
    const mergeKey = meta.mergeKey ?? '';
    orderMatches(patch ?? [], order, mergeKey);
    let merged: unknown[];
    if (original && patch) merged = mergeList(original, patch, meta);
    else if (original) merged = original;
    else if (patch) merged = withoutDirectives(patch) as unknown[];
    else continue;
    setMember(result, field, orderElements(merged, order, original ?? [], mergeKey, elementsAreMaps(original ?? [], patch ?? [])));
    changes.delete(field);
  }
}

const isDeletionFromList = (name: string): boolean => name.startsWith(deleteDirective);

/** `$deleteFromPrimitiveList/FIELD`. */
function deleteFromList(result: JsonObject, name: string, items: unknown, type: PatchMeta): void {
  const field = fieldOf(name, deleteDirective, 'invalid patch format of primitive list');
  const current = getMember(result, field);
  if (items === null) delete result[field];
  else if (Array.isArray(current) && Array.isArray(items)) setMember(result, field, mergeList(current, items, type.list(field), true));
  else if (isRecord(current) && isRecord(items)) setMember(result, field, mergeObject(current, items, type.object(field).type));
}

function mergeMember(result: JsonObject, name: string, change: unknown, type: PatchMeta): void {
  const current = getMember(result, name);
  if (change === null) delete result[name];
  else if (isRecord(current) && isRecord(change)) {
    const meta = type.object(name);
    setMember(result, name, meta.strategy === 'replace' ? change : mergeObject(current, change, meta.type));
  } else if (Array.isArray(current) && Array.isArray(change)) {
    setMember(result, name, mergeList(current, change, type.list(name)));
  } else {
    const value = withoutDirectives(withoutNulls(change));
    if (value === undefined) delete result[name];
    else setMember(result, name, value);
  }
}

function mergeList(original: unknown[], patch: unknown[], { strategy, mergeKey, type }: FieldPatchMeta, isDeletion = false): unknown[] {
  if (strategy !== 'merge' && !isDeletion) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  if (!elementsAreMaps(original, patch)) {
    const items = new Set(patch);
    if (isDeletion) return original.filter((item) => !items.has(item));
    return orderElements([...new Set([...original, ...patch])], patch, original, '', false);
  }
  if (mergeKey === undefined) throw new PatchError(`cannot merge lists without merge key for ${type.kind}`);
  const { kept, changes } = applyItemDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  return orderElements(mergeItems(kept, changes, mergeKey, type), changes, kept, mergeKey, true);
}

/** `$patch` in items of a merged list: deletes the items of that key, or has the patch's items take the place of all. */
function applyItemDirectives(original: JsonObject[], patch: JsonObject[], mergeKey: string): { kept: JsonObject[]; changes: JsonObject[] } {
  let kept = original;
  let isReplacement = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (!Object.hasOwn(item, patchDirective)) {
      changes.push(item);
      continue;
    }
    const directive = item[patchDirective];
    if (directive === 'delete') {
      const key = mergeKeyOf(item, mergeKey);
      kept = kept.filter((other) => getMember(other, mergeKey) !== key);
    } else if (directive === 'replace') isReplacement = true;
    else if (directive === 'merge') throw new PatchError('merging lists cannot yet be specified in the patch');
    else throw unknownDirective(directive, item);
  }
  return isReplacement ? { kept: changes, changes: [] } : { kept, changes };
}

function mergeItems(original: readonly JsonObject[], changes: readonly JsonObject[], mergeKey: string, type: PatchMeta): JsonObject[] {
  const merged = [...original];
  const places = new Map<unknown, number>();
  merged.forEach((item, at) => {
    const key = getMember(item, mergeKey);
    if (key !== undefined && !places.has(key)) places.set(key, at);
  });
  for (const change of changes) {
    const key = mergeKeyOf(change, mergeKey);
    const place = places.get(key);
    if (place !== undefined) merged[place] = mergeObject(merged[place]!, change, type);
    else places.set(key, merged.push(change) - 1);
  }
  return merged;
}

/** Without the members that are null, at any depth. Nulls that are items of lists stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const result: JsonObject = {};
  for (const [name, member] of Object.entries(value)) if (member !== null) setMember(result, name, withoutNulls(member));
  return result;
}

/** Without the objects that hold a directive, at any depth; undefined if it is one itself. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  if (Object.hasOwn(value, patchDirective)) return undefined;
  const result: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const kept = withoutDirectives(member);
    if (kept !== undefined) setMember(result, name, kept);
  }
  return result;
}
