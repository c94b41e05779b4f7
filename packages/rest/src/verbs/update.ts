/** PUT: an object as the client wants it to be. */
import { cloneJson, type KubeObject, notFound } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import { bodyCodec, representationFor, type Target } from '../environment.js';
import { readBody } from '../negotiation/body.js';
import { respondEntry, respondFresh } from '../respond/respond-entry.js';
import { checkName, decodeBody, ensureNamespace } from './decode.js';
import { dropDuplicateOwners } from './owner-references.js';
import { updateObject } from './update-object.js';
import { writeOptionsOf } from './write-options.js';

export async function update(target: Target): Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource);
  const body = await readBody(target.ctx, bodyCodec(target.environment, target.resource));
  const options = writeOptionsOf(target.ctx, 'UpdateOptions');
  const object = decodeBody(target, body, options.fieldValidation);
  ensureNamespace(target, object);
  checkName(target, object);
  dropDuplicateOwners(target, object, 'sent');
  const written = await updateObject(target, {
    // What is written is completed in place: a second attempt begins with what was sent.
    produce: (current) => intoObject(target, current, cloneJson(object)),
    uid: object.metadata.uid,
    options,
  });
  const status = written.created ? 201 : 200;
  return written.entry ? respondEntry(target, status, written.entry, representation) : respondFresh(target, status, written.object, representation);
}

/** What a client has sent as the object to be written: a scale is put into a copy of what it scales. */
export function intoObject({ subresource, resource, name }: Target, current: KubeObject | undefined, sent: KubeObject): KubeObject {
  const projection = subresource?.projection;
  if (!projection) return sent;
  if (!current) throw notFound(resource, name);
  const object = cloneJson(current);
  projection.write(object, sent);
  const { uid, resourceVersion } = sent.metadata;
  object.metadata.resourceVersion = resourceVersion || current.metadata.resourceVersion;
  if (uid) object.metadata.uid = uid;
  return object;
}
