/** POST to a subresource that does something: a pod is bound or evicted, a token is issued (k8s.io/apiserver/pkg/endpoints/handlers/create.go). */
import { admitAll } from '@apiserver-kit/admission';
import { cloneJson, type KubeObject, notFound, serverTimeout } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Entry } from '@apiserver-kit/watch-cache';
import { bodyCodec, representationFor, type Target } from '../environment.js';
import { readBody } from '../negotiation/body.js';
import { respondObject } from '../respond/respond.js';
import type { ActionCall, SubresourceAction } from '../served-resource.js';
import { mutate, validate, writeOf } from './admit.js';
import { wipeSystemFields } from './create.js';
import { decodeBody, ensureNamespace } from './decode.js';
import { deleteObject } from './delete-object.js';
import { accountFor } from './managed-fields.js';
import { checkDeleteOptions, type WriteOptions, writeOptionsOf } from './write-options.js';

const maxAttempts = 100;

export async function act(target: Target, action: SubresourceAction): Promise<ApiResponse> {
  const { ctx, environment, resource, name } = target;
  const representation = representationFor(ctx, environment, resource);
  const body = await readBody(ctx, bodyCodec(environment, resource));
  const options = writeOptionsOf(ctx, 'CreateOptions');
  const object = decodeBody(target, body, options.fieldValidation);
  if (!action.keepsSystemFields) wipeSystemFields(object);
  ensureNamespace(target, object);
  const admitted = {
    operation: 'CREATE',
    name,
    object: await accountFor(target, undefined, object, options),
    oldObject: undefined,
    options: options.object,
    isDryRun: options.isDryRun,
  } as const;
  const answer = await action.run(await mutate(target, admitted), {
    ...callOf(target, options),
    validate: (asked) => validate(target, { ...admitted, object: asked }),
  });
  return respondObject(201, answer.kind === 'Status' ? withCode(answer) : answer, representation, environment.protobuf);
}

/** A Status says with which code it is sent. */
const withCode = (status: KubeObject): KubeObject => ({ ...status, ...(status.code === undefined && { code: 201 }) });

function callOf(target: Target, { isDryRun, dryRun }: WriteOptions): Omit<ActionCall, 'validate'> {
  const { namespace, name, resource, environment } = target;
  const { store, codec } = resource;
  const found = async (): Promise<Entry> => {
    const entry = await store.get(namespace, name);
    if (!entry) throw notFound(resource, name);
    return entry;
  };
  return {
    ...writeOf(target, isDryRun),
    namespace,
    name,
    dryRun,
    current: async () => codec.object(await found()),
    async change(change) {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const entry = await found();
        const object = cloneJson(codec.object(entry));
        change(object);
        if (isDryRun) return object;
        const written = await store.update(entry, store.print(codec.toStored(object)));
        if (written) return codec.object(written);
      }
      throw serverTimeout(resource, 'update');
    },
    async remove(options) {
      const past = { ...target, environment: { ...environment, admission: admitAll } };
      await deleteObject(past, checkDeleteOptions(options));
    },
  };
}
