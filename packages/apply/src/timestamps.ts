/** Writes that change nothing but the times of managedFields (k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager). */
import { jsonEqual, type KubeObject, type ManagedFieldsEntry } from '@apiserver-kit/machinery';
import { isSameObject } from './same-object.js';

/**
 * `next` with the times of `live` where nothing else differs, so that it can be seen that there is nothing to write: somebody who applies the
 * same every minute must not make a new version every minute. For right before the write, when all else has been done to the object.
 */
export function keepTimes(live: KubeObject, next: KubeObject): KubeObject {
  const [before, after] = [live.metadata?.managedFields, next.metadata?.managedFields];
  if (before === after || !before || !after?.length || before.length !== after.length) return next;
  if (after.every((entry, at) => entry.time === before[at]!.time)) return next;
  if (!after.every((entry, at) => isSameEntry(entry, before[at]!)) || !isSameObject(live, next)) return next;
  return { ...next, metadata: { ...next.metadata, managedFields: before } };
}

function isSameEntry(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  const [{ time: _, ...left }, { time: __, ...right }] = [a, b];
  return jsonEqual(left, right);
}
