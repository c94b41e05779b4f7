/** Who owns what before a write. */
import { isRecord, jsonEqual, type KubeObject, type ManagedFieldsEntry, unknownError } from '@apiserver-kit/machinery';
import { isReset, type ManagedFields, readManagedFields } from './managed-fields.js';

/**
 * Who owns what before an update. Clients that do not know managedFields leave them out, or send what they once got; those that do may change
 * them, but not through a subresource.
 */
export function currentManagers(live: KubeObject, entries: ManagedFieldsEntry[] | undefined, isSubresource: boolean): ManagedFields {
  const current = live.metadata?.managedFields;
  if (isSubresource) return readOrNone(current);
  if (isReset(entries)) return new Map();
  const known = shareUnchanged(entries, current);
  try {
    const given = readManagedFields(known);
    if (given.size > 0) return given;
  } catch {
    // What a client made of managedFields and makes no sense is as if it had sent none.
  }
  return readOrNone(current);
}

function readOrNone(entries: unknown): ManagedFields {
  try {
    return readManagedFields(entries);
  } catch {
    // Account that cannot be read is started anew; the reference does so, too.
    return new Map();
  }
}

/** The given entries with the fieldsV1 of the current ones where they are equal, so that they need not be read again. */
function shareUnchanged(given: ManagedFieldsEntry[] | undefined, current: ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
  if (!Array.isArray(given) || !Array.isArray(current) || given === current) return given;
  return given.map((entry, at) => {
    const known = current[at]?.fieldsV1;
    return isRecord(entry) && entry.fieldsV1 !== known && jsonEqual(entry.fieldsV1, known) ? { ...entry, fieldsV1: known } : entry;
  });
}

/** Who owns what before an apply. @throws StatusError where that cannot be read: to start anew would be to take everything. */
export function managersForApply(live: KubeObject): ManagedFields {
  try {
    return readManagedFields(live.metadata?.managedFields);
  } catch (error) {
    throw unknownError(`failed to decode managed fields: ${(error as Error).message}`);
  }
}
