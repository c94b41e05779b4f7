/** Requests that are led on to something outside of the server: exec, log, proxy (k8s.io/apiserver/pkg/endpoints/handlers/rest.go). */
import { badRequest, type KubeObject, notFound } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Target } from '../environment.js';
import type { SubresourceConnection } from '../served-resource.js';
import { connecting } from './admit.js';

export async function connect(target: Target, connection: SubresourceConnection): Promise<ApiResponse> {
  const { ctx, namespace, name, resource } = target;
  if (!connection.isRead) {
    if (ctx.query.has('dryRun')) throw badRequest('dryRun is not supported');
    await connecting(target, connection.options?.(ctx.query));
  }
  const find = async (wanted: string): Promise<KubeObject> => {
    const entry = await resource.store.get(namespace, wanted);
    if (!entry) throw notFound(resource, wanted);
    return resource.codec.object(entry);
  };
  return connection.connect({ ctx, namespace, name, find });
}
