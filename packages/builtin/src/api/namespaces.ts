/** The life of a namespace: it is marked, emptied by a controller, let go by its finalizers, and only then deleted. */
import { conflict, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import { type DeleteOptions, foregroundFinalizer, orphanFinalizer, type Strategy, type UpdateStrategy, type Write } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import { recordAt, textsAt } from '../types/read.js';
import { validateMetadataChange } from '../validate/metadata.js';
import { validateFinalizers } from '../validate/status.js';

const isHeld = (namespace: KubeObject): boolean => textsAt(recordAt(namespace, 'spec'), 'finalizers').length > 0;

const namespaces = { group: '', resource: 'namespaces' };
const preconditions = [
  ['uid', 'UID'],
  ['resourceVersion', 'ResourceVersion'],
] as const;

/** The finalizers that a deletion holds a namespace by. Unlike other objects, it is held whether a garbage collector runs or not. */
function finalizersOf({ metadata: { finalizers = [] } }: KubeObject, { orphanDependents, propagationPolicy }: DeleteOptions): string[] {
  if (orphanDependents === undefined && propagationPolicy === undefined) return finalizers;
  const wanted = new Map([
    [orphanFinalizer, orphanDependents ?? propagationPolicy === 'Orphan'],
    [foregroundFinalizer, orphanDependents === undefined ? propagationPolicy === 'Foreground' : !orphanDependents],
  ]);
  const kept = finalizers.filter((finalizer) => wanted.get(finalizer) !== false);
  const added = [...wanted].flatMap(([finalizer, isWanted]) => (isWanted && !finalizers.includes(finalizer) ? [finalizer] : []));
  return [...kept, ...added];
}

/** What deletions of namespaces do. */
export const namespaceDeletion: Pick<Strategy, 'checkPreconditions' | 'beginDeletion' | 'mayVanish'> = {
  checkPreconditions({ metadata: { name = '', ...actual } }, asked) {
    for (const [field, word] of preconditions) {
      const wanted = asked[field];
      if (wanted !== undefined && wanted !== actual[field])
        throw conflict(namespaces, name, `Precondition failed: ${word} in precondition: ${wanted}, ${word} in object meta: ${actual[field]}`);
    }
  },
  beginDeletion(namespace, { nowMs }: Write, options: DeleteOptions) {
    if (namespace.metadata.deletionTimestamp) return isHeld(namespace) ? namespace : undefined;
    const { finalizers: _, ...metadata } = namespace.metadata;
    const finalizers = finalizersOf(namespace, options);
    return {
      ...namespace,
      metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }), deletionTimestamp: timestamp(nowMs) },
      status: { ...recordAt(namespace, 'status'), phase: 'Terminating' },
    };
  },
  mayVanish: (namespace) => !isHeld(namespace),
};

/** Writes through `finalize`: the only way to take finalizers out of the spec. */
export const finalizeStrategyOf = (row: BuiltinResource): UpdateStrategy => ({
  allowsUnconditionalUpdate: row.allowsUnconditionalUpdate,
  prepareForUpdate(namespace, old) {
    namespace.status = old.status;
  },
  validateUpdate: (namespace, old) => [...validateMetadataChange(row, namespace.metadata, old.metadata), ...validateFinalizers(namespace)],
});
