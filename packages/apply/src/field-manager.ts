/**
 * Field management of one version of a resource, or of a subresource of it: what a server calls with every write
 * (k8s.io/apimachinery/pkg/util/managedfields).
 */
import {
  apiVersionOf,
  badRequest,
  type GroupVersionKind,
  gvkText,
  jsonEqual,
  type KubeObject,
  type ManagedFieldsEntry,
  parseApiVersion,
  StatusError,
  timestamp,
  unknownError,
} from '@apiserver-kit/machinery';
import { currentManagers, managersForApply } from './current-managers.js';
import { conflictStatus } from './conflict-status.js';
import { assertConforms, TypeMismatchError } from './conformance.js';
import { type FieldFilter, FieldSet } from './field-set.js';
import { fieldsFromLastApplied, migratingManager, withLastApplied } from './last-applied.js';
import { capUpdateManagers, type ManagedFields, managerId, type OwnedFields, printedAs } from './managed-fields.js';
import type { MergeType } from './merge-type.js';
import { applyOwnership, type ApplyResult, Conflicts, type Steps, type Typed, unchangedManagers, updateOwnership, type Versions } from './ownership.js';
import { goOn, type MaybePromise, runSteps } from './run-steps.js';
import { isSameObject } from './same-object.js';

export interface FieldManagerOptions {
  /** What requests carry: objects are in this version when they come in, and when they go out. */
  readonly kind: GroupVersionKind;
  /**
   * The type of the objects of a version. Undefined for a version that there is no more: what managers owned in it is forgotten. What it throws
   * fails the write.
   */
  type(apiVersion: string): MergeType | undefined;
  /** An object in another version: a new one. Needed where a resource has several. */
  convert?(object: KubeObject, apiVersion: string): MaybePromise<KubeObject>;
  /** What the object is before anything is written. Where objects print fields that nobody set, with those. Default: apiVersion and kind. */
  empty?(): KubeObject;
  /** Fills in defaults of an object that was merged from a configuration; may change it. */
  complete?(object: KubeObject): KubeObject;
  /** Empty, the default, for the resource itself. */
  readonly subresource?: string;
  /** By version: what nobody comes to own here, since writes through here leave it as it is. */
  readonly resetFields?: Readonly<Record<string, FieldFilter>>;
  /** Told why an update could not be accounted for; the ownership is then left as it was. */
  onError?(error: unknown): void;
}

export interface ApplyOptions {
  /** Takes fields from other managers instead of answering with a conflict. */
  readonly force?: boolean;
  /** When: milliseconds since 1970. */
  readonly nowMs: number;
}

export interface FieldManager {
  /**
   * Accounts for a create, an update or a patch: `next` with its managedFields. Writes to neither object. `live` is undefined for a create.
   * Never fails: what cannot be accounted for leaves managedFields as they were. A promise only where a conversion makes one.
   */
  update(live: KubeObject | undefined, next: KubeObject, manager: string, nowMs: number): MaybePromise<KubeObject>;
  /** As `update`. @throws Error where the change cannot be accounted for: objects that do not fit their types, conversions that fail. */
  tryUpdate(live: KubeObject | undefined, next: KubeObject, manager: string, nowMs: number): MaybePromise<KubeObject>;
  /**
   * Applies a configuration: the merged object with its managedFields, which shares parts with both. `live` is undefined for a create. The
   * ownership alone may change; where nothing has changed in the object, no time does.
   * @throws StatusError: Conflict with a cause per field, BadRequest for a configuration of another kind, and 500 for one that does not fit the
   * type, which is how the reference answers.
   */
  apply(live: KubeObject | undefined, config: KubeObject, manager: string, options: ApplyOptions): MaybePromise<KubeObject>;
}

/** Owns what there is when something is first applied to an object that nobody had kept account of. */
const beforeFirstApply = 'before-first-apply';

/** What managers never own. */
const systemFields = FieldSet.of(
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) => [
    'metadata',
    name,
  ]),
);

/** Makes the field management of a version of a resource. Keeps nothing but what its types remember: make one per version and subresource. */
export function fieldManager(options: FieldManagerOptions): FieldManager {
  const { kind, subresource = '', resetFields, convert } = options;
  const apiVersion = apiVersionOf(kind);
  const versions: Versions = { type: (version) => options.type(version), filters: resetFields };
  const empty = options.empty ?? ((): KubeObject => ({ apiVersion, kind: kind.kind, metadata: {} }));

  function typeHere(): MergeType {
    const type = options.type(apiVersion);
    if (!type) throw new Error(`no corresponding type for ${gvkText(kind)}`);
    return type;
  }

  function typed(object: KubeObject, type: MergeType, what: string, allowsDuplicates: boolean): Typed {
    try {
      assertConforms(object, type, allowsDuplicates);
    } catch (error) {
      if (!(error instanceof TypeMismatchError)) throw error;
      throw unknownError(`${what.replace('%', objectText(object))}: ${error.message}`);
    }
    return { object, apiVersion, type };
  }

  const run = <Result>(steps: Steps<Result>): MaybePromise<Result> => runSteps(steps, convert ?? cannotConvert);

  /** Who owns what after `next` was written over `live`. */
  function* accountFor(live: Typed, next: Typed, before: ManagedFields, name: string, nowMs: number): Steps<ManagedFields> {
    const { managed, taken } = yield* updateOwnership(versions, live, next, before);
    const fields = taken.difference(systemFields);
    if (!fields.isEmpty) {
      const writer: Omit<OwnedFields, 'fields' | 'time'> = { manager: name || 'unknown', operation: 'Update', apiVersion, subresource };
      const id = managerId(writer);
      managed.set(id, { ...writer, fields: managed.get(id)?.fields.union(fields) ?? fields, time: timestamp(nowMs) });
    }
    return capUpdateManagers(managed);
  }

  /** `isStrict`: also objects that are the same have to fit their type. It is not looked at where a failure would change nothing. */
  function* updated(live: KubeObject, next: KubeObject, before: ManagedFields, name: string, nowMs: number, isStrict: boolean): Steps<ManagedFields> {
    // An object that exists and that nobody has kept account of: as long as nothing is applied, nobody need start.
    if (before.size === 0 && (live.metadata?.uid ?? '') !== '') return before;
    const isSame = isSameObject(live, next);
    if (isSame && !isStrict) return capUpdateManagers(unchangedManagers(versions, before));
    const type = typeHere();
    const nextTyped = typed(withoutManagedFields(next), type, 'failed to convert new object (%) to smd typed', true);
    const liveTyped = typed(withoutManagedFields(live), type, 'failed to convert live object (%) to smd typed', true);
    if (isSame) return capUpdateManagers(unchangedManagers(versions, before));
    try {
      return yield* accountFor(liveTyped, nextTyped, before, name, nowMs);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new StatusError({ code: 500, message: `failed to update ManagedFields (${objectText(next)}): ${error.message}` }, { cause: error });
    }
  }

  function account(given: KubeObject | undefined, next: KubeObject, manager: string, nowMs: number, isStrict: boolean): MaybePromise<KubeObject> {
    const live = given ?? empty();
    const entries = next.metadata?.managedFields;
    const before = currentManagers(live, entries, subresource !== '');
    return goOn(run(updated(live, next, before, manager, nowMs, isStrict)), (managed) => {
      const known = entries ?? live.metadata?.managedFields;
      return withManagedFields(next, printedAs(known, managed));
    });
  }

  /** The last step of an apply: one attempt. */
  function* attempt(live: Typed, config: Typed, before: ManagedFields, name: string, { force = false, nowMs }: ApplyOptions, isForced = force): Steps<Merged> {
    const applier: Omit<OwnedFields, 'fields' | 'time'> = { manager: name || 'unknown', operation: 'Apply', apiVersion, subresource };
    const id = managerId(applier);
    const result: ApplyResult = yield* applyOwnership(versions, live, config, before, applier, isForced);
    const { managed } = result;
    const own = managed.get(id);
    const fields = sameOr(before.get(id)?.fields, own?.fields.difference(systemFields) ?? FieldSet.empty);
    const isChanged = live.object !== result.object && !jsonEqual(live.object, result.object);
    if (!own || fields.isEmpty) managed.delete(id);
    else managed.set(id, { ...own, fields, time: isChanged ? timestamp(nowMs) : own.time });
    return { object: isChanged ? (options.complete?.(result.object) ?? result.object) : live.object, managed };
  }

  /** An apply whose conflicts are told, or, where kubectl comes back to what it has applied in its old way, overcome. */
  function* mergeOrMigrate(live: Typed, config: Typed, managed: ManagedFields, name: string, applyOptions: ApplyOptions, isFromText: boolean): Steps<Merged> {
    try {
      return yield* attempt(live, config, managed, name, applyOptions);
    } catch (error) {
      if (!(error instanceof Conflicts)) throw error;
      const taken = name === migratingManager ? fieldsFromLastApplied(live) : undefined;
      if (!taken) throw conflictStatus(error, isFromText);
      const left = error.fields.filter(({ path }) => !taken.has(path));
      if (left.length > 0) throw conflictStatus(new Conflicts(left), isFromText);
      return yield* attempt(live, config, managed, name, applyOptions, true);
    }
  }

  function* applied(live: KubeObject, config: KubeObject, manager: string, applyOptions: ApplyOptions): Steps<KubeObject> {
    const before = managersForApply(live);
    const configKind = kindOf(config);
    if (configKind.group !== kind.group || configKind.version !== kind.version || configKind.kind !== kind.kind)
      throw badRequest(`invalid object type: ${gvkText(configKind)}`);
    const type = typeHere();
    const own = withoutManagedFields(live);
    let managed = before;
    if (managed.size === 0) {
      // Whoever wrote what is there: it is theirs until it is applied.
      const nothing = typed(empty(), type, 'failed to convert live object (%) to smd typed', true);
      const existing = typed(own, type, 'failed to create manager for existing fields: failed to convert new object (%) to smd typed', true);
      managed = yield* accountFor(nothing, existing, before, beforeFirstApply, applyOptions.nowMs);
    }
    if (Array.isArray(config.metadata?.managedFields)) throw badRequest('metadata.managedFields must be nil');
    const configTyped = typed(config, type, 'failed to create typed patch object (%)', false);
    const liveTyped = typed(own, type, 'failed to create typed live object (%)', true);

    const merged = yield* mergeOrMigrate(liveTyped, configTyped, managed, manager, applyOptions, before.size > 0);
    const object = manager === migratingManager ? withLastApplied(merged.object, config) : merged.object;
    return withManagedFields(object, printedAs(live.metadata?.managedFields, merged.managed));
  }

  return {
    tryUpdate: (live, next, manager, nowMs) => account(live, next, manager, nowMs, true),
    update(live, next, manager, nowMs) {
      const keep = (error: unknown): KubeObject => {
        options.onError?.(error);
        return withManagedFields(next, live?.metadata?.managedFields);
      };
      try {
        const result = account(live, next, manager, nowMs, false);
        return result instanceof Promise ? result.catch(keep) : result;
      } catch (error) {
        return keep(error);
      }
    },
    apply: (live, config, manager, applyOptions) => run(applied(live ?? empty(), config, manager, applyOptions)),
  };
}

/** The set that was there before, with all that is remembered of it, where the new one is equal. */
const sameOr = (before: FieldSet | undefined, now: FieldSet): FieldSet => (before?.equals(now) ? before : now);

interface Merged {
  readonly object: KubeObject;
  readonly managed: ManagedFields;
}

const cannotConvert = (_: KubeObject, apiVersion: string): never => {
  throw new Error(`no conversion to ${apiVersion}`);
};

function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields(object: KubeObject, managedFields: ManagedFieldsEntry[] | undefined): KubeObject {
  if (object.metadata?.managedFields === managedFields) return object;
  return managedFields ? { ...object, metadata: { ...object.metadata, managedFields } } : withoutManagedFields(object);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function kindOf({ apiVersion, kind }: KubeObject): GroupVersionKind {
  const { group, version } = parseApiVersion(textOf(apiVersion)) ?? { group: '', version: '' };
  return { group, version, kind: textOf(kind) };
}

/** `default/a; apps/v1, Kind=Deployment`: which object a message is about. */
const objectText = (object: KubeObject): string => `${textOf(object.metadata?.namespace)}/${textOf(object.metadata?.name)}; ${gvkText(kindOf(object))}`;
