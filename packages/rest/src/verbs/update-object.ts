/**
 * The loop of every update: read, change, check, compare and write, until nobody else was faster
 * (k8s.io/apiserver/pkg/registry/generic/registry/store.go, rest/update.go).
 */
import { keepTimes } from '@apiserver-kit/apply';
import {
  conflict,
  goQuote,
  invalid,
  invalidValue,
  jsonEqual,
  type KubeObject,
  notFound,
  pathSegmentName,
  serverTimeout,
  unknownError,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@apiserver-kit/machinery';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import type { UpdateStrategy, Write } from '../served-resource.js';
import { mutate, validate, writeOf } from './admit.js';
import { createObject, type Written } from './create.js';
import { accountFor, fieldManagerOf } from './managed-fields.js';
import { dropDuplicateOwners } from './owner-references.js';
import type { WriteOptions } from './write-options.js';

export interface Update {
  /**
   * Makes the new object from the current one, in the version of the request: a new object, of which nothing is shared with the old one that
   * is written to later. Undefined: there is nothing yet. Called again when another writer was faster.
   */
  produce(current: KubeObject | undefined): KubeObject | Promise<KubeObject>;
  /** The object must have this uid. */
  readonly uid: string | undefined;
  readonly options: WriteOptions;
  /** Server-side apply: keeps its own account of fields, and creates what is not there. */
  readonly isApply?: boolean;
}

export type Updated = Written & { readonly created: boolean };

/** So many lost races in a row mean that something is wrong. */
const maxAttempts = 100;

/**
 * Updates an object; creates it where the strategy allows that.
 * @throws StatusError NotFound, Conflict, Invalid, and what admission refuses with.
 */
export async function updateObject(target: Target, update: Update): Promise<Updated> {
  const { resource, namespace, name } = target;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const entry = await resource.store.get(namespace, name);
    checkUid(target, entry, update.uid);
    if (!entry) {
      if ((!resource.strategy.allowsCreateOnUpdate && !update.isApply) || target.subresource) throw notFound(resource, name);
      const object = await produceNew(target, update);
      return { ...(await createObject(target, object, update.options)), created: true };
    }
    const updated = await replace(target, entry, update);
    if (updated) return { ...updated, created: false };
    if (target.ctx.signal.aborted) break;
  }
  throw serverTimeout(resource, 'update');
}

/** The storage's own words, since they reach the client. */
function checkUid({ resource, namespace, name }: Target, entry: Entry | undefined, uid: string | undefined): void {
  if (!uid) return;
  const actual = entry?.object().metadata.uid ?? '';
  if (uid === actual) return;
  const key = resource.store.key(namespace, name);
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`;
  throw conflict(resource, name, why);
}

async function produceNew(target: Target, { produce, options, isApply }: Update): Promise<KubeObject> {
  const produced = await produce(undefined);
  const object = isApply ? produced : await accountFor(target, undefined, produced, options);
  const admitted = await mutate(target, {
    operation: 'CREATE',
    name: target.name,
    object,
    oldObject: undefined,
    options: options.object,
    isDryRun: options.isDryRun,
  });
  dropDuplicateOwners(target, admitted, 'admitted');
  await target.environment.authorizeCreate(target.ctx);
  // It was said of an object that is not there.
  delete admitted.metadata.resourceVersion;
  return admitted;
}

/** One attempt. Undefined: another writer was faster. */
async function replace(target: Target, entry: Entry, { produce, options, isApply }: Update): Promise<Written | undefined> {
  const { resource, subresource } = target;
  const { store, codec } = resource;
  const strategy: UpdateStrategy = subresource?.strategy ?? resource.strategy;
  const old = codec.object(entry);
  const write = writeOf(target, options.isDryRun);
  const asked = { operation: 'UPDATE', name: target.name, oldObject: old, options: options.object, isDryRun: options.isDryRun } as const;
  const produced = await produce(old);
  const object = await mutate(target, { ...asked, object: isApply ? produced : await accountFor(target, old, produced, options) });
  dropDuplicateOwners(target, object, 'admitted');
  checkVersion(target, object, entry, strategy);
  await beforeUpdate(target, object, old, strategy, write);
  await validate(target, { ...asked, object });
  await strategy.authorizeWrite?.(object, old, write);
  if (isGone(object, old, resource.strategy.mayVanish)) return vanish(target, entry, object, options);
  const next = codec.toStored(keepTimes(old, object));
  const stored = store.print(next);
  // Nothing has changed of what is stored: no write, no event. Equal objects print to equal lengths, whatever the order of their members.
  if (stored.equals(entry.stored) || (stored.length === entry.stored.length && jsonEqual(unversioned(next), unversioned(entry.object())))) return { entry };
  if (options.isDryRun) return { object: { ...object, metadata: { ...object.metadata, resourceVersion: old.metadata.resourceVersion } } };
  const written = await store.update(entry, stored, resource.strategy.ttlSeconds?.(object));
  if (!written) return undefined;
  (strategy.afterWrite ?? resource.strategy.afterWrite)?.(written.object(), old);
  return { entry: written };
}

const unversioned = ({ metadata: { resourceVersion: _, ...metadata }, ...object }: KubeObject): unknown => ({ ...object, metadata });

/** Optimistic concurrency: what was changed must be what is there. */
function checkVersion({ resource, name }: Target, object: KubeObject, entry: Entry, strategy: UpdateStrategy): void {
  const asked = parseVersion(object.metadata.resourceVersion);
  const current = String(entry.resourceVersion);
  if (asked === '' && strategy.allowsUnconditionalUpdate) object.metadata.resourceVersion = current;
  else if (asked === '') {
    throw invalid({ group: resource.group, kind: resource.resource }, name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
  } else if (asked !== current) throw conflict(resource, name);
}

/** Empty for none, which a zero is too. */
function parseVersion(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  if (!/^\d+$/.test(text)) throw unknownError(`strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  return text.replace(/^0+/, '');
}

/** What an update may not change stays; then the strategy completes and judges the object. */
async function beforeUpdate(target: Target, object: KubeObject, old: KubeObject, strategy: UpdateStrategy, write: Write): Promise<void> {
  const { resource, name } = target;
  const before = old.metadata;
  setOrDelete(object.metadata, 'generation', before.generation);
  if (!fieldManagerOf(target)) delete object.metadata.managedFields;
  strategy.prepareForUpdate(object, old, write);
  // The strategy may have put the old metadata, which is shared, into the object.
  if (object.metadata === before) object.metadata = { ...before };
  const { metadata } = object;
  if (!metadata.uid) setOrDelete(metadata, 'uid', before.uid);
  if (before.creationTimestamp) metadata.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp) metadata.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds != null && metadata.deletionGracePeriodSeconds == null) {
    metadata.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  }
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: resource.namespaced, nameRule: pathSegmentName }),
    ...validateObjectMetaUpdate(metadata, before),
    ...(await strategy.validateUpdate(object, old, write)),
  ];
  if (errors.length > 0) throw invalid(resource, name, errors);
  for (const text of strategy.warnings?.(object, old) ?? []) write.warn(text);
}

function setOrDelete<K extends keyof KubeObject['metadata']>(metadata: KubeObject['metadata'], field: K, value: KubeObject['metadata'][K]): void {
  if (value === undefined) delete metadata[field];
  else metadata[field] = value;
}

/** An object that is being deleted goes with the last of what held it. */
function isGone(object: KubeObject, old: KubeObject, mayVanish: ((object: KubeObject) => boolean) | undefined): boolean {
  const { finalizers } = object.metadata;
  if (!old.metadata.deletionTimestamp || (finalizers && finalizers.length > 0)) return false;
  if ((old.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  return mayVanish?.(object) ?? true;
}

/** Deletes instead of updating. The client is shown the object that it has written. */
async function vanish(target: Target, entry: Entry, object: KubeObject, { isDryRun }: WriteOptions): Promise<Written | undefined> {
  const { store, strategy } = target.resource;
  if (!isDryRun) {
    if (!(await store.delete(entry))) return undefined;
    strategy.afterWrite?.(undefined, entry.object());
  }
  return { object };
}
