/** ObjectMeta as server-side apply merges it (metav1.ObjectMeta, from the reference's OpenAPI). */
import { deduced, listOf, mapOf, type MergeType, scalars, structOf } from './merge-type.js';

const { string, numeric, boolean, untyped } = scalars;
const required = { type: string, default: '' };

const ownerReference = structOf(
  { apiVersion: required, kind: required, name: required, uid: required, controller: boolean, blockOwnerDeletion: boolean },
  true,
);

const managedFieldsEntry = structOf({
  manager: string,
  operation: string,
  apiVersion: string,
  time: untyped,
  fieldsType: string,
  fieldsV1: mapOf(deduced),
  subresource: string,
});

/** The type of `metadata`, for types made by hand; those from schemas have it. */
export const objectMeta: MergeType = structOf({
  name: string,
  generateName: string,
  namespace: string,
  selfLink: string,
  uid: string,
  resourceVersion: string,
  generation: numeric,
  creationTimestamp: untyped,
  deletionTimestamp: untyped,
  deletionGracePeriodSeconds: numeric,
  labels: mapOf(string),
  annotations: mapOf(string),
  ownerReferences: listOf(ownerReference, { keys: ['uid'] }),
  finalizers: listOf(string, 'set'),
  managedFields: listOf(managedFieldsEntry),
});
