/** POST: a new object (k8s.io/apiserver/pkg/registry/rest/create.go, registry/generic/registry/store.go). */
import { alreadyExists, cloneJson, generateName, generateNameConflict, invalid, type KubeObject, timestamp, unknownError } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Entry } from '@apiserver-kit/watch-cache';
import { bodyCodec, representationFor, type Target } from '../environment.js';
import { readBody } from '../negotiation/body.js';
import { respondEntry, respondFresh } from '../respond/respond-entry.js';
import { mutate, validate, writeOf } from './admit.js';
import { decodeBody, ensureNamespace } from './decode.js';
import { accountFor, fieldManagerOf } from './managed-fields.js';
import { dropDuplicateOwners } from './owner-references.js';
import { type WriteOptions, writeOptionsOf } from './write-options.js';

/** How many names are tried for an object that is to be given one. */
const maxGeneratedNames = 8;

/** What came of a write: what is stored, or, of a dry run, what would be. */
export type Written = { readonly entry: Entry; readonly object?: undefined } | { readonly entry?: undefined; readonly object: KubeObject };

export async function create(target: Target): Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource);
  const body = await readBody(target.ctx, bodyCodec(target.environment, target.resource));
  const options = writeOptionsOf(target.ctx, 'CreateOptions');
  const object = decodeBody(target, body, options.fieldValidation);
  wipeSystemFields(object);
  ensureNamespace(target, object);
  dropDuplicateOwners(target, object, 'sent');
  const name = target.name || (object.metadata.name ?? '');
  const accounted = await accountFor(target, undefined, object, options);
  const admitted = await mutate(target, {
    operation: 'CREATE',
    name,
    object: accounted,
    oldObject: undefined,
    options: options.object,
    isDryRun: options.isDryRun,
  });
  dropDuplicateOwners(target, admitted, 'admitted');
  const written = await createObject(target, admitted, options);
  return written.entry ? respondEntry(target, 201, written.entry, representation) : respondFresh(target, 201, written.object, representation);
}

/** What only the server says of an object. */
export function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/**
 * Completes, checks and stores an object that mutating admission has seen.
 * @throws StatusError Invalid, AlreadyExists, and what admission refuses with.
 */
export async function createObject(target: Target, given: KubeObject, options: WriteOptions): Promise<Written> {
  const { name, generateName: base } = given.metadata;
  if (name || !base) {
    const written = await complete(target, given, options);
    if (!written) throw alreadyExists(target.resource, name ?? '');
    return written;
  }
  for (let attempt = 1; ; attempt++) {
    // Strategies complete objects in place, so each attempt begins with what was given.
    const object = cloneJson(given);
    object.metadata.name = generateName(base);
    const written = await complete(target, object, options);
    if (written) return written;
    if (attempt === maxGeneratedNames) throw generateNameConflict(target.resource, object.metadata.name);
  }
}

/** One attempt; undefined when there is an object of that name. */
async function complete(target: Target, object: KubeObject, options: WriteOptions): Promise<Written | undefined> {
  const { resource, environment, namespace } = target;
  const { strategy, store, codec } = resource;
  const write = writeOf(target, options.isDryRun);
  const { metadata } = object;
  metadata.uid = environment.uid();
  metadata.creationTimestamp = timestamp(write.nowMs);
  if (!fieldManagerOf(target)) delete metadata.managedFields;
  strategy.prepareForCreate(object, write);
  const errors = await strategy.validateCreate(object, write);
  const name = object.metadata.name ?? '';
  if (errors.length > 0) throw invalid(resource, name, errors);
  for (const text of strategy.warnings?.(object, undefined) ?? []) write.warn(text);
  await validate(target, { operation: 'CREATE', name, object, oldObject: undefined, options: options.object, isDryRun: options.isDryRun });
  await strategy.authorizeWrite?.(object, undefined, write);
  if (object.metadata.resourceVersion) throw unknownError('resourceVersion should not be set on objects to be created');
  if (options.isDryRun) {
    return (await store.get(namespace, name)) ? undefined : { object };
  }
  const stored = store.print(codec.toStored(object));
  // The cache must be listening before the first write, or it would read back what was just printed.
  await store.cacher.ready();
  const entry = await store.create(namespace, name, stored, strategy.ttlSeconds?.(object));
  if (!entry) return undefined;
  strategy.afterWrite?.(entry.object(), undefined);
  return { entry };
}
