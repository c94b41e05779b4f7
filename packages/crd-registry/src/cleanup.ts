/**
 * The end of a definition: its instances go first, then its finalizer, then it (apiextensions-apiserver/pkg/controller/finalizer).
 *
 * Instances are deleted in the store, as they are: their finalizers are honoured, but nobody else is asked, since nobody can object any more.
 */
import type { KubeObject } from '@apiserver-kit/machinery';
import { markedAsDeleting, type ResourceStore } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { findCondition, says, withCondition, type Finding } from './conditions/condition.js';
import { cleanupFinalizer } from './definitions/resource.js';
import { type CustomResourceDefinition, isConditionTrue } from './validation/custom-resource-definition.js';

const terminating = (status: Finding['status'], reason: string, message: string): Finding => ({ type: 'Terminating', status, reason, message });

const inProgress = terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress');
const completed = terminating('False', 'InstanceDeletionCompleted', 'removed all instances');
const neverEstablished = terminating('False', 'NeverEstablished', 'resource was never established');
const failed = (error: unknown): Finding => terminating('True', 'InstanceDeletionFailed', `could not issue all deletes: ${(error as Error).message}`);

/** How many deletions are under way at once. */
const batchSize = 100;

export interface CleanupOptions {
  /** Where the definitions are. */
  readonly definitions: ResourceStore;
  /** Where the instances of this one are. Undefined: it was never served. */
  readonly instances: ResourceStore | undefined;
  readonly nowMs: number;
}

/** What is left to wait for: instances, as of a resourceVersion. Undefined: nothing, or what changed brings the definition up again. */
export type Remaining = { readonly count: number; readonly resourceVersion: number } | undefined;

export const needsCleanup = ({ metadata }: CustomResourceDefinition): boolean =>
  Boolean(metadata.deletionTimestamp) && (metadata.finalizers?.includes(cleanupFinalizer) ?? false);

/**
 * Takes the next step of a definition's end: says that its instances are being deleted; deletes them; lets it go when there are none.
 * To be called again when the definition or one of its remaining instances has changed.
 * @throws what the storage throws; the definition says that it failed.
 */
export async function cleanUp(entry: Entry, options: CleanupOptions): Promise<Remaining> {
  const { definitions, instances, nowMs } = options;
  const crd = entry.object() as unknown as CustomResourceDefinition;
  const write = (next: CustomResourceDefinition): Promise<unknown> => definitions.update(entry, definitions.print(next as unknown as KubeObject));
  if (!says(findCondition(crd, 'Terminating'), inProgress)) {
    await write(withCondition(crd, inProgress, nowMs));
    return undefined;
  }
  const isEstablished = isConditionTrue(crd, 'Established') && instances !== undefined;
  if (isEstablished) {
    let remaining: Remaining;
    try {
      remaining = await deleteInstances(instances, nowMs);
    } catch (error) {
      await write(withCondition(crd, failed(error), nowMs));
      throw error;
    }
    if (remaining) return remaining;
  }
  const finalizers = crd.metadata.finalizers!.filter((finalizer) => finalizer !== cleanupFinalizer);
  if (finalizers.length === 0) await definitions.delete(entry);
  else await write(withCondition({ ...crd, metadata: { ...crd.metadata, finalizers } }, isEstablished ? completed : neverEstablished, nowMs));
  return undefined;
}

/** Deletes what is there; marks what has finalizers. */
async function deleteInstances(store: ResourceStore, nowMs: number): Promise<Remaining> {
  await store.cacher.fresh();
  const { entries } = store.cacher.list({});
  for (let at = 0; at < entries.length; at += batchSize)
    await Promise.all(entries.slice(at, at + batchSize).map((entry) => deleteInstance(store, entry, nowMs)));
  await store.cacher.fresh();
  const left = store.cacher.list({});
  return left.entries.length === 0 ? undefined : { count: left.entries.length, resourceVersion: left.resourceVersion };
}

async function deleteInstance(store: ResourceStore, first: Entry, nowMs: number): Promise<void> {
  let entry: Entry | undefined = first;
  while (entry) {
    const { deletionTimestamp, finalizers } = entry.object().metadata;
    const isHeld = (finalizers?.length ?? 0) > 0;
    if (isHeld && deletionTimestamp) return;
    const done = isHeld ? await store.update(entry, store.print(markedAsDeleting(entry.object(), nowMs))) : await store.delete(entry);
    if (done) return;
    // Somebody else was faster: look again.
    entry = await store.get(entry.namespace, entry.name);
  }
}
