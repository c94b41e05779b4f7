/**
 * What a write does to the ownership of fields (sigs.k8s.io/structured-merge-diff/v6/merge).
 *
 * Written as generators that yield the conversions they need, since the managers of an object may speak of other versions than the one at
 * hand: conversion may be a webhook's work, and what needs none must not wait.
 */
import { type KubeObject, StatusError } from '@apiserver-kit/machinery';
import { compare, type Comparison, filtered } from './comparison.js';
import { assertConforms } from './conformance.js';
import { type FieldFilter, FieldSet, isDeclared, typeBelow } from './field-set.js';
import { type ManagedFields, managerId, type OwnedFields } from './managed-fields.js';
import { merge } from './merge.js';
import type { MergeType } from './merge-type.js';
import { fieldsOf } from './owned-fields.js';
import type { FieldPath } from './path-element.js';
import { reconcile } from './reconcile.js';
import { removeFields } from './remove.js';

/** An object in one version, with its type. */
export interface Typed {
  readonly object: KubeObject;
  readonly apiVersion: string;
  readonly type: MergeType;
}

/** What a step waits for: the object in another version. */
export interface ConversionRequest {
  readonly object: KubeObject;
  readonly apiVersion: string;
}

/** Work that may need conversions. */
export type Steps<Result> = Generator<ConversionRequest, Result, KubeObject>;

export interface Versions {
  /** The type of the objects of a version; undefined for one that is no more: its entries are dropped. */
  type(apiVersion: string): MergeType | undefined;
  /** What is left out of account in a version. */
  readonly filters?: Readonly<Record<string, FieldFilter>> | undefined;
}

/** Fields that others own and that an applier would change. */
export class Conflicts extends Error {
  override readonly name = 'Conflicts';
  constructor(readonly fields: readonly { readonly owner: OwnedFields; readonly path: FieldPath }[]) {
    super('conflicts with other managers');
  }
}

/** Undefined: there is no such version. @throws StatusError where the conversion fails, saying at what. */
function* inVersion(versions: Versions, typed: Typed, apiVersion: string, at = ''): Steps<Typed | undefined> {
  if (typed.apiVersion === apiVersion) return typed;
  const type = versions.type(apiVersion);
  if (!type) return undefined;
  try {
    const object = yield { object: typed.object, apiVersion };
    assertConforms(object, type, false);
    return { object, apiVersion, type };
  } catch (error) {
    throw new StatusError({ code: 500, message: `${at}${(error as Error).message}` }, { cause: error });
  }
}

/** The object as it was, in the versions of its managers; each is converted once. */
type InVersions = Map<string, Typed>;

/** The entries in line with the schemas of today; those of versions that are no more are left out. Fills `lives`. */
function* reconcileManagers(versions: Versions, live: Typed, managed: ManagedFields, lives: InVersions): Steps<Map<string, OwnedFields>> {
  const out = new Map<string, OwnedFields>();
  for (const [id, owned] of managed) {
    const then = lives.get(owned.apiVersion) ?? (yield* inVersion(versions, live, owned.apiVersion));
    if (!then) continue;
    lives.set(owned.apiVersion, then);
    out.set(id, withFields(owned, reconcile(then.type, owned.fields)));
  }
  return out;
}

/** As an update leaves the entries that changes nothing. */
export function unchangedManagers(versions: Versions, managed: ManagedFields): ManagedFields {
  const out = new Map<string, OwnedFields>();
  for (const [id, owned] of managed) {
    const type = versions.type(owned.apiVersion);
    const fields = type ? reconcile(type, owned.fields) : FieldSet.empty;
    if (!fields.isEmpty) out.set(id, withFields(owned, fields));
  }
  return out;
}

const withFields = (owned: OwnedFields, fields: FieldSet): OwnedFields => (fields === owned.fields ? owned : { ...owned, fields });

interface Taking {
  /** The id of the one who takes; empty where it has no entry yet. */
  readonly taker: string;
  readonly isForced: boolean;
}

/**
 * Takes from all others what changes between two objects. Changes `managed`.
 * @throws Conflicts where somebody owns it, unless forced.
 */
function* takeFields(versions: Versions, lives: InVersions, before: Typed, after: Typed, managed: Map<string, OwnedFields>, taking: Taking): Steps<Comparison> {
  const { apiVersion, type } = after;
  const { taker, isForced } = taking;
  const comparison = filtered(compare(type, before.object, after.object), versions.filters?.[apiVersion]);
  const byVersion = new Map([[apiVersion, changesOf(comparison)]]);
  const conflicts: [OwnedFields, FieldSet][] = [];
  const left = new Map<string, FieldSet>();

  for (const [id, owned] of managed) {
    if (id === taker) continue;
    let changes = byVersion.get(owned.apiVersion);
    if (!changes) {
      const was = lives.get(owned.apiVersion);
      const is = yield* inVersion(versions, after, owned.apiVersion, 'failed to convert new object: ');
      if (!was || !is) {
        managed.delete(id);
        continue;
      }
      changes = changesOf(filtered(compare(is.type, was.object, is.object), versions.filters?.[owned.apiVersion]));
      byVersion.set(owned.apiVersion, changes);
    }
    const taken = owned.fields.intersection(changes.changed);
    if (!taken.isEmpty) conflicts.push([owned, taken]);
    left.set(id, owned.fields.difference(taken).difference(changes.removed));
  }
  if (!isForced && conflicts.length > 0) throw new Conflicts(conflicts.flatMap(([owner, fields]) => [...fields.paths()].map((path) => ({ owner, path }))));

  for (const [id, fields] of left) managed.set(id, withFields(managed.get(id)!, fields));
  for (const [id, { fields }] of managed) if (fields.isEmpty) managed.delete(id);
  return comparison;
}

const changesOf = ({ removed, modified, added }: Comparison): { removed: FieldSet; changed: FieldSet } => ({ removed, changed: modified.union(added) });

export interface UpdateResult {
  /** What everybody else owns. */
  readonly managed: Map<string, OwnedFields>;
  /** What the writer has come to own. */
  readonly taken: FieldSet;
}

/** Somebody has written `after` over `before`: what differs is theirs now. */
export function* updateOwnership(versions: Versions, before: Typed, after: Typed, current: ManagedFields): Steps<UpdateResult> {
  const lives: InVersions = new Map([[before.apiVersion, before]]);
  const managed = yield* reconcileManagers(versions, before, current, lives);
  const { modified, added } = yield* takeFields(versions, lives, before, after, managed, { taker: '', isForced: true });
  const taken = modified.union(added);
  const filter = versions.filters?.[after.apiVersion];
  return { managed, taken: filter ? filter(taken) : taken };
}

export interface ApplyResult {
  readonly object: KubeObject;
  readonly managed: Map<string, OwnedFields>;
}

/**
 * Somebody applies `config` to `live`: the two are merged, what the applier has applied before and does not any more is removed, unless
 * others own it too, and what it changes is taken from others.
 * @throws Conflicts where others own what it would change, unless forced.
 */
export function* applyOwnership(
  versions: Versions,
  live: Typed,
  config: Typed,
  current: ManagedFields,
  applier: Omit<OwnedFields, 'fields' | 'time'>,
  isForced: boolean,
): Steps<ApplyResult> {
  const { apiVersion, type } = config;
  const lives: InVersions = new Map([[live.apiVersion, live]]);
  const managed = yield* reconcileManagers(versions, live, current, lives);
  const merged: Typed = { object: merge(type, live.object, config.object) as KubeObject, apiVersion, type };
  const id = managerId(applier);
  const last = managed.get(id);
  const applied = fieldsOf(type, config.object);
  const filter = versions.filters?.[apiVersion];
  managed.set(id, { ...applier, fields: filter ? filter(applied) : applied, time: last?.time });
  const after = last && !last.fields.isEmpty ? yield* prune(versions, merged, managed, last) : merged;
  yield* takeFields(versions, lives, live, after, managed, { taker: id, isForced });
  return { object: after.object, managed };
}

const atOwned = 'failed to prune fields: failed add back owned items: ';
const atDangling = 'failed to prune fields: failed add back dangling items: ';

/** Removes what the applier had applied before, does not apply now, and nobody else owns. */
function* prune(versions: Versions, merged: Typed, managed: ManagedFields, last: OwnedFields): Steps<Typed> {
  const then = yield* inVersion(versions, merged, last.apiVersion, 'failed to prune fields: failed to convert merged object to last applied version: ');
  if (!then || isAllOwned(then, managed, last)) return merged;
  const { type } = then;
  const withoutLast: Typed = { ...then, object: removeFields(type, then.object, last.fields.withDeclaredFields(type)) as KubeObject };
  const withOwned = yield* addBackOwned(versions, then, withoutLast, managed);
  const back = yield* inVersion(versions, withOwned, last.apiVersion, `${atDangling}failed to convert pruned object to last applied version: `);
  const pruned = back ? keepUnlessLast(then, back, last) : then;
  return (yield* inVersion(versions, pruned, merged.apiVersion, 'failed to prune fields: ')) ?? merged;
}

/**
 * Whether everything that was applied last is still owned, whole way down, which is what applying the same again comes to: then there is
 * nothing to remove. Saves walking the object six times.
 */
function isAllOwned({ apiVersion, type }: Typed, managed: ManagedFields, last: OwnedFields): boolean {
  let owned = FieldSet.empty;
  for (const { apiVersion: version, fields } of managed.values()) {
    if (version !== apiVersion) return false;
    owned = owned.union(fields);
  }
  return isCovered(type, last.fields, owned);
}

/** Whether each field is owned, and each on the way to it; those that are declared need not be named. */
function isCovered(type: MergeType | undefined, fields: FieldSet, by: FieldSet): boolean {
  if (fields === by) return true;
  for (const [element, { children }] of fields.nodes) {
    const covering = by.nodes.get(element);
    if (!covering || (!covering.isMember && !isDeclared(type, element))) return false;
    if (children && !isCovered(typeBelow(type, element), children, covering.children ?? FieldSet.empty)) return false;
  }
  return true;
}

/** Takes back what others, or the applier itself, still own; version by version, that of the pruned object first. */
function* addBackOwned(versions: Versions, merged: Typed, pruned: Typed, managed: ManagedFields): Steps<Typed> {
  const byVersion = new Map<string, FieldSet>();
  for (const { apiVersion, fields } of managed.values()) byVersion.set(apiVersion, fields.union(byVersion.get(apiVersion) ?? FieldSet.empty));
  const ownVersionFirst = [...byVersion].sort(([a], [b]) => Number(b === pruned.apiVersion) - Number(a === pruned.apiVersion));
  for (const [apiVersion, owned] of ownVersionFirst) {
    const whole = yield* inVersion(versions, merged, apiVersion, `${atOwned}failed to convert merged object at version ${apiVersion}: `);
    const part = yield* inVersion(versions, pruned, apiVersion, `${atOwned}failed to convert pruned object at version ${apiVersion}: `);
    if (!whole || !part) continue;
    const { type } = whole;
    const wanted = fieldsOf(type, part.object).withDeclaredFields(type).union(owned.withDeclaredFields(type));
    const unwanted = fieldsOf(type, whole.object).withDeclaredFields(type).difference(wanted);
    merged = whole;
    pruned = { ...whole, object: removeFields(type, whole.object, unwanted) as KubeObject };
  }
  return pruned;
}

/** Takes back what was removed along with its surroundings and was not the applier's: only what it had applied goes. */
function keepUnlessLast(merged: Typed, pruned: Typed, { fields }: OwnedFields): Typed {
  const { type } = merged;
  const before = fieldsOf(type, merged.object).withDeclaredFields(type);
  const after = fieldsOf(type, pruned.object).withDeclaredFields(type);
  const gone = before.difference(after).intersection(fields.withDeclaredFields(type));
  return { ...merged, object: removeFields(type, merged.object, gone) as KubeObject };
}
