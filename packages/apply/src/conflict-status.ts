/** How conflicts are told (k8s.io/apimachinery/pkg/util/managedfields, NewConflictError). */
import { applyConflict, goQuote, type StatusError } from '@apiserver-kit/machinery';
import { managerId, type OwnedFields } from './managed-fields.js';
import type { Conflicts } from './ownership.js';
import { compareText, pathText } from './path-element.js';

/** The 409 Conflict with a FieldManagerConflict for each field, by manager. `isFromText` as for {@link pathText}. */
export function conflictStatus({ fields }: Conflicts, isFromText: boolean): StatusError {
  const conflicts = fields
    .map(({ owner, path }) => ({ id: managerId(owner), manager: managerText(owner), field: pathText(path, isFromText) }))
    .sort((a, b) => compareText(a.id, b.id));
  const causes = conflicts.map(({ manager, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field }));
  const [first] = conflicts;
  if (conflicts.length === 1) return applyConflict(causes, `Apply failed with 1 conflict: conflict with ${first!.manager}: ${first!.field}`);
  const lines: string[] = [];
  let last: string | undefined;
  for (const { id, manager, field } of conflicts) {
    if (id !== last) lines.push(`conflicts with ${manager}:`);
    last = id;
    lines.push(`- ${field}`);
  }
  return applyConflict(causes, `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`);
}

function managerText({ manager, operation, apiVersion, subresource }: OwnedFields): string {
  const who = subresource === '' ? goQuote(manager) : `${goQuote(manager)} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}
