/** Objects name each of their owners once (k8s.io/apiserver/pkg/endpoints/handlers/rest.go). */
import { jsonEqual, type KubeObject, type OwnerReference } from '@apiserver-kit/machinery';
import { warn } from '@apiserver-kit/pipeline';
import type { Target } from '../environment.js';

const where = { sent: '', admitted: ' after mutating admission happens' } as const;

/**
 * Drops references that repeat another one wholly, and warns of them. In place. Two references to one uid that differ both stay.
 * @param when whether the object is as it was sent, or as admission has made it: the warning says so.
 */
export function dropDuplicateOwners({ ctx, subresource }: Target, { metadata }: KubeObject, when: keyof typeof where): void {
  const references = metadata.ownerReferences;
  if (!references || references.length < 2 || subresource?.projection) return;
  const kept: OwnerReference[] = [];
  const duplicates: string[] = [];
  for (const reference of references) {
    if (kept.some((other) => jsonEqual(other, reference))) duplicates.push(reference.uid);
    else kept.push(reference);
  }
  if (duplicates.length === 0) return;
  metadata.ownerReferences = kept;
  warn(
    ctx,
    `.metadata.ownerReferences contains duplicate entries${where[when]}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`,
  );
}
