/** POST to a resource that only answers. */
import type { Attributes } from '@apiserver-kit/admission';
import { badRequest, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiResponse, type RequestContext, warn } from '@apiserver-kit/pipeline';
import { bodyCodec, representationFor, type RestEnvironment } from '../environment.js';
import { expectKind, readBody } from '../negotiation/body.js';
import { respondObject } from '../respond/respond.js';
import type { ReviewResource } from '../served-resource.js';
import { strictErrors } from './decode.js';
import { writeOptionsOf } from './write-options.js';

export async function review(ctx: RequestContext, resource: ReviewResource, namespace: string, environment: RestEnvironment): Promise<ApiResponse> {
  const representation = representationFor(ctx, environment, resource);
  const body = await readBody(ctx, bodyCodec(environment, resource));
  const options = writeOptionsOf(ctx, 'CreateOptions');
  const strict = strictErrors(options.fieldValidation);
  const object = resource.decode(expectKind(body, resource), strict);
  if (strict.list.length > 0) {
    const { kind, version } = resource;
    if (options.fieldValidation === 'Strict')
      throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: strict decoding error: ${strict.list.join(', ')}`);
    for (const text of strict.list) warn(ctx, text);
  }
  if (resource.namespaced) placeIn(object, namespace);
  const attributes: Attributes = {
    operation: 'CREATE',
    resource,
    subresource: '',
    kind: resource,
    namespace,
    name: object.metadata.name ?? '',
    object,
    oldObject: undefined,
    options: options.object,
    isDryRun: options.isDryRun,
    user: ctx.user,
    context: ctx,
  };
  await environment.admission.admit(attributes);
  await environment.admission.validate(attributes);
  return respondObject(201, await resource.review(attributes.object ?? object, ctx, namespace), representation, environment.protobuf);
}

function placeIn({ metadata }: KubeObject, namespace: string): void {
  if (metadata.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  metadata.namespace = namespace;
}
