/** What a deletion means for an object: gone at once, marked and left to its finalizers, or given a grace period (k8s.io/apiserver/pkg/registry/rest/delete.go). */
import { cloneJson, conflict, type KubeObject, notFound, serverTimeout, timestamp } from '@apiserver-kit/machinery';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import { validate, writeOf } from './admit.js';
import { withDeletionFinalizers } from './deletion-finalizers.js';
import type { DeleteOptions } from './write-options.js';

/** What came of a deletion. */
export interface Deleted {
  /** Whether the object is gone. */
  readonly isGone: boolean;
  /** Its last state: as it was when it went, or as it now waits. */
  readonly object: KubeObject;
  /** Where the last state is stored. */
  readonly entry: Entry | undefined;
}

const maxAttempts = 100;

/**
 * Deletes an object as the options ask.
 * @throws StatusError NotFound; Conflict where a precondition does not hold; what admission refuses with.
 */
export async function deleteObject(target: Target, options: DeleteOptions): Promise<Deleted> {
  const { resource, namespace, name, ctx } = target;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const entry = await resource.store.get(namespace, name);
    if (!entry) throw notFound(resource, name);
    resource.strategy.checkPreconditions?.(entry.object(), options);
    checkPreconditions(target, entry, options);
    const deleted = await deleteOnce(target, entry, options);
    if (deleted) return deleted;
    if (ctx.signal.aborted) break;
  }
  throw serverTimeout(resource, 'delete');
}

function checkPreconditions({ resource, name }: Target, entry: Entry, { uid, resourceVersion }: DeleteOptions): void {
  const actual = entry.object().metadata.uid ?? '';
  // The reference names the kind where it should name the resource.
  const of = { group: resource.group, resource: resource.kind };
  if (uid !== undefined && uid !== actual) {
    throw conflict(
      of,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== String(entry.resourceVersion)) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${entry.resourceVersion}). The object might have been modified`;
    throw conflict(of, name, why);
  }
}

/** One attempt. Undefined: another writer was faster. */
async function deleteOnce(target: Target, entry: Entry, options: DeleteOptions): Promise<Deleted | undefined> {
  const { resource, environment } = target;
  const { strategy, codec } = resource;
  const old = codec.object(entry);
  const write = writeOf(target, options.isDryRun);
  await validate(target, { operation: 'DELETE', name: target.name, object: undefined, oldObject: old, options: options.object, isDryRun: options.isDryRun });
  await strategy.authorizeWrite?.(old, old, write);
  const marked = strategy.beginDeletion?.(old, write, options);
  if (marked === old) return { isGone: false, object: old, entry };
  if (marked) return mark(target, entry, marked, options);

  const graceful = gracePeriod(target, old, options, environment.clock.now());
  if (graceful === 'pending') return { isGone: false, object: old, entry };
  const held = environment.garbageCollection ? withDeletionFinalizers(old, options, strategy.garbageCollection ?? 'deleteDependents') : old;
  const hasFinalizers = (held.metadata.finalizers?.length ?? 0) > 0;
  if (graceful) {
    const waiting = withDeletion(held, graceful.deletionMs, graceful.seconds, true);
    const outcome = await mark(target, entry, waiting, options);
    if (!outcome || hasFinalizers || graceful.seconds > 0) return outcome;
    return remove(target, outcome.entry ?? entry, options);
  }
  if (hasFinalizers) return mark(target, entry, markedAsDeleting(held, environment.clock.now()), options);
  return remove(target, entry, options);
}

interface Graceful {
  readonly deletionMs: number;
  readonly seconds: number;
}

/** How long the object stays. Undefined: it goes at once. `pending`: it is going already, and no sooner. */
function gracePeriod({ resource }: Target, object: KubeObject, { gracePeriodSeconds: given }: DeleteOptions, nowMs: number): Graceful | 'pending' | undefined {
  const { gracePeriodSeconds } = resource.strategy;
  if (!gracePeriodSeconds) return undefined;
  const asked = given !== undefined && given < 0 ? 1 : given;
  const { deletionTimestamp, deletionGracePeriodSeconds: current } = object.metadata;
  if (!deletionTimestamp) {
    const seconds = gracePeriodSeconds(object, asked);
    return { seconds, deletionMs: nowMs + seconds * 1000 };
  }
  if (!current) return undefined;
  if (asked === undefined || asked >= current) return 'pending';
  const deletionMs = Date.parse(deletionTimestamp) + (asked - current) * 1000;
  // A shorter period may be over already; then the owner still gets a second, unless none was wanted.
  if (deletionMs < nowMs) return { seconds: asked === 0 ? 0 : 1, deletionMs: nowMs };
  return { seconds: asked, deletionMs };
}

function withDeletion(object: KubeObject, deletionMs: number, seconds: number, countsGeneration: boolean): KubeObject {
  const changed = cloneJson(object);
  const { metadata } = changed;
  if (countsGeneration && !metadata.deletionTimestamp && metadata.generation) metadata.generation += 1;
  metadata.deletionTimestamp = timestamp(deletionMs);
  metadata.deletionGracePeriodSeconds = seconds;
  return changed;
}

/** The object with the mark that its finalizers wait for. */
export function markedAsDeleting(object: KubeObject, nowMs: number): KubeObject {
  const { deletionTimestamp } = object.metadata;
  const isPast = deletionTimestamp ? Date.parse(deletionTimestamp) <= nowMs : false;
  return withDeletion(object, isPast ? Date.parse(deletionTimestamp!) : nowMs, 0, true);
}

/** Writes what the deletion has made of the object. */
async function mark({ resource }: Target, entry: Entry, object: KubeObject, { isDryRun }: DeleteOptions): Promise<Deleted | undefined> {
  const { store, codec, strategy } = resource;
  if (isDryRun) return { isGone: false, object, entry: undefined };
  const stored = store.print(codec.toStored(object));
  if (stored.equals(entry.stored)) return { isGone: false, object: codec.object(entry), entry };
  const written = await store.update(entry, stored);
  if (!written) return undefined;
  strategy.afterWrite?.(written.object(), entry.object());
  return { isGone: false, object: codec.object(written), entry: written };
}

async function remove({ resource }: Target, entry: Entry, { isDryRun }: DeleteOptions): Promise<Deleted | undefined> {
  const { store, codec, strategy } = resource;
  if (isDryRun) return { isGone: true, object: codec.object(entry), entry };
  const last = await store.delete(entry);
  if (!last) return undefined;
  strategy.afterWrite?.(undefined, entry.object());
  return { isGone: true, object: codec.object(last), entry: last };
}
