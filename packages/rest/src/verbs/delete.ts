/** DELETE of one object. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { type ApiResponse, warn } from '@apiserver-kit/pipeline';
import { representationFor, type Target } from '../environment.js';
import { respondEntry, respondFresh } from '../respond/respond-entry.js';
import { respondObject } from '../respond/respond.js';
import { deleteObject } from './delete-object.js';
import { deleteOptionsOf } from './write-options.js';

export async function remove(target: Target): Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource);
  const options = await deleteOptionsOf(target);
  for (const text of target.resource.strategy.deletionWarnings?.(options) ?? []) warn(target.ctx, text);
  const { isGone, object, entry } = await deleteObject(target, options);
  if (isGone && !target.resource.strategy.returnsDeletedObject) return respondObject(200, success(target, object), representation, target.environment.protobuf);
  const status = !isGone && options.orphanDependents === false ? 202 : 200;
  return entry ? respondEntry(target, status, entry, representation) : respondFresh(target, status, object, representation);
}

/** Says what is gone. */
function success({ resource, name }: Target, { metadata: { uid } }: KubeObject): KubeObject {
  const { group, resource: kind } = resource;
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name, ...(group === '' ? {} : { group }), kind, uid } };
  return status as unknown as KubeObject;
}
