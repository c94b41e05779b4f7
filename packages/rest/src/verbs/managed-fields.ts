/** Who owns which field: kept account of with every write (KEP-555). */
import { type FieldManager, managerName } from '@apiserver-kit/apply';
import type { KubeObject, ManagedFieldsEntry } from '@apiserver-kit/machinery';
import type { Target } from '../environment.js';
import type { WriteOptions } from './write-options.js';

/** In whose name a request writes. */
export const managerOf = ({ ctx }: Target, { fieldManager }: WriteOptions): string => managerName(fieldManager, ctx.request.headers['user-agent']);

/** What keeps account of writes to the target; undefined where nobody does. */
export const fieldManagerOf = ({ resource, subresource }: Target): FieldManager | undefined => (subresource ? subresource.fieldManager : resource.fieldManager);

/** The object with account of who has written what. `live` is undefined for a creation. */
export function accountFor(target: Target, live: KubeObject | undefined, next: KubeObject, options: WriteOptions): KubeObject | Promise<KubeObject> {
  const manager = fieldManagerOf(target);
  if (!manager) return next;
  const accounted = manager.update(live, next, managerOf(target, options), target.environment.clock.now());
  const { subresource, subresourceName } = target;
  if (!subresource?.projection) return accounted;
  return accounted instanceof Promise ? accounted.then((object) => withoutTimes(object, subresourceName)) : withoutTimes(accounted, subresourceName);
}

/** Of writes through another kind, the reference keeps no times. */
function withoutTimes(object: KubeObject, subresourceName: string): KubeObject {
  const { managedFields } = object.metadata;
  if (!managedFields) return object;
  const entries = managedFields.map((entry) => (entry.subresource === subresourceName ? timeless(entry) : entry));
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}

const timeless = ({ time: _, ...entry }: ManagedFieldsEntry): ManagedFieldsEntry => entry;
