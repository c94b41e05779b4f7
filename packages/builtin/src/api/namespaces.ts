/** The life of a namespace: it is marked, emptied by a controller, let go by its finalizers, and only then deleted. */
import { type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { Strategy, UpdateStrategy, Write } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import { recordAt, textsAt } from '../types/read.js';
import { validateMetadataChange } from '../validate/metadata.js';
import { validateFinalizers } from '../validate/status.js';

const isHeld = (namespace: KubeObject): boolean => textsAt(recordAt(namespace, 'spec'), 'finalizers').length > 0;

/** What deletions of namespaces do. */
export const namespaceDeletion: Pick<Strategy, 'beginDeletion' | 'mayVanish'> = {
  beginDeletion(namespace, { nowMs }: Write) {
    if (namespace.metadata.deletionTimestamp) return isHeld(namespace) ? namespace : undefined;
    return {
      ...namespace,
      metadata: { ...namespace.metadata, deletionTimestamp: timestamp(nowMs) },
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
