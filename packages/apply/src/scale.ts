/**
 * Who owns the replicas, as the scale subresource and as its resource see it (k8s.io/apimachinery/pkg/util/managedfields, ScaleHandler). Scale
 * is an object of another kind: what managers own of it is one field, and that field has another name in each kind that can be scaled.
 */
import type { ManagedFieldsEntry } from '@apiserver-kit/machinery';
import { FieldSet } from './field-set.js';
import { type OwnedFields, printManagedFields, readManagedFields } from './managed-fields.js';
import { type FieldPath, memberElement } from './path-element.js';

/** Where the replicas are in each version of the resource; undefined in one without scale. Entries of other versions are dropped. */
export type ReplicasPaths = Readonly<Record<string, FieldPath | undefined>>;

const scaleVersion = 'autoscaling/v1';
const replicas: FieldPath = ['spec', 'replicas'].map(memberElement);
const replicasOfScale = FieldSet.of(['spec', 'replicas']);

/** The managedFields of the Scale of an object. @throws Error where the object's make no sense. */
export function scaleManagedFields(entries: ManagedFieldsEntry[] | undefined, paths: ReplicasPaths): ManagedFieldsEntry[] | undefined {
  const out = new Map<string, OwnedFields>();
  for (const [id, owned] of readManagedFields(entries)) {
    const path = paths[owned.apiVersion];
    if (path && owned.fields.has(path)) out.set(id, { ...owned, apiVersion: scaleVersion, fields: replicasOfScale });
  }
  return printManagedFields(out);
}

/**
 * The managedFields of an object whose Scale was written: who is not an owner in the Scale any more is none of the replicas.
 * @param apiVersion That of the object: what the Scale's owners own is put down in it.
 */
export function managedFieldsFromScale(
  entries: ManagedFieldsEntry[] | undefined,
  scaleEntries: ManagedFieldsEntry[] | undefined,
  apiVersion: string,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] | undefined {
  const parents = readManagedFields(entries);
  const scales = new Map(readManagedFields(scaleEntries));
  const out = new Map<string, OwnedFields>();
  for (const [id, owned] of parents) {
    if (!Object.hasOwn(paths, owned.apiVersion)) continue;
    const path = paths[owned.apiVersion];
    if (!path || !owned.fields.has(path) || scales.delete(id)) {
      out.set(id, owned);
      continue;
    }
    const fields = owned.fields.difference(fieldAt(path));
    if (!fields.isEmpty) out.set(id, { ...owned, fields });
  }
  const here = paths[apiVersion];
  for (const [id, owned] of scales)
    if (here && owned.fields.has(replicas)) out.set(id, { ...owned, apiVersion, fields: fieldAt(here), time: parents.get(id)?.time });
  return printManagedFields(out);
}

const fieldAt = (path: FieldPath): FieldSet => FieldSet.of(path.map((element) => element.slice('f:'.length)));
