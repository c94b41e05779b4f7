/** Who owns which field: kept account of with every write (KEP-555). */
import type { FieldManager } from '@apiserver-kit/apply';
import { jsonEqual, type KubeObject, type ManagedFieldsEntry } from '@apiserver-kit/machinery';
import type { Target } from '../environment.js';
import type { WriteOptions } from './write-options.js';

/** As the reference's limit for the names of managers. */
const maxManagerBytes = 128;
const unprintable = /[\p{C}\p{Z}]/u;

/** The name before the first slash of a User-Agent, without what cannot be printed. */
function nameOfAgent(agent: string): string {
  let name = '';
  let bytes = 0;
  for (const char of agent.split('/', 1)[0]!) {
    if (char !== ' ' && unprintable.test(char)) continue;
    bytes += Buffer.byteLength(char);
    if (bytes > maxManagerBytes) break;
    name += char;
  }
  return name;
}

/** In whose name a request writes. */
export const managerOf = ({ ctx }: Target, { fieldManager }: WriteOptions): string => fieldManager || nameOfAgent(ctx.request.headers['user-agent'] ?? '');

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

/**
 * Puts the old times back where nothing but times has changed, so that a write that changes nothing stays one. In place.
 * (k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager/equality.go)
 */
export function ignoreTimes(object: KubeObject, old: KubeObject): void {
  const { managedFields } = object.metadata;
  const before = old.metadata.managedFields;
  if (!managedFields || !before || managedFields === before || managedFields.length !== before.length) return;
  if (jsonEqual(bare(object), bare(old)) && jsonEqual(managedFields.map(timeless), before.map(timeless))) object.metadata.managedFields = before;
}

const timeless = ({ time: _, ...entry }: ManagedFieldsEntry): ManagedFieldsEntry => entry;

const bare = ({ metadata: { managedFields: _, resourceVersion: __, ...metadata }, ...object }: KubeObject): unknown => ({ ...object, metadata });
