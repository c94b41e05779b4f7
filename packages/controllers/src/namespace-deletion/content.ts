/** What is in a namespace, and how it is deleted. */
import { asStatusError, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiRegistry, isStored, type RegisteredResource, type StoredResource } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { type ApiClient, callApi, resourcePath } from '../api-client.js';

/** What is left of one resource in a namespace. */
export interface Remaining {
  readonly resource: StoredResource;
  readonly count: number;
  /** How many objects wait for each finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** In how many seconds it may be gone; 0 for unknown. */
  readonly estimateSeconds: number;
  /** As of which resourceVersion this was seen. */
  readonly resourceVersion: number;
}

/** A default for the time that finalizers take. */
const finalizerEstimateSeconds = 15;

export const isPods = ({ group, resource }: { readonly group: string; readonly resource: string }): boolean => group === '' && resource === 'pods';

/** The resources whose objects live in namespaces and can be deleted; of each the version that its group prefers. */
export function namespacedResources(registry: ApiRegistry): RegisteredResource[] {
  return registry.groups().flatMap(({ versions }) => {
    const byName = new Map<string, RegisteredResource>();
    for (const { resources } of versions) {
      for (const registered of resources) {
        const { resource, namespaced, verbs } = registered.description;
        if (namespaced && verbs.includes('delete') && !byName.has(resource)) byName.set(resource, registered);
      }
    }
    return [...byName.values()];
  });
}

/** Where content is found and how it is deleted. */
export interface Content {
  readonly registry: ApiRegistry;
  readonly client: ApiClient;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/**
 * Deletes all objects of a resource in a namespace, as a client would, and says what is left.
 *
 * Most resources have nothing there: their caches say so, and no request is made.
 *
 * @throws Error when something is left that has no reason to be.
 */
export async function deleteContent(namespace: KubeObject, { description }: RegisteredResource, content: Content): Promise<Remaining | undefined> {
  const name = namespace.metadata.name!;
  const resource = await content.registry.find(description.group, description.version, description.resource);
  if (resource === undefined || !isStored(resource)) return undefined;
  const before = await objectsIn(resource, name);
  if (before.entries.length === 0) return undefined;
  const estimateSeconds = isPods(resource) ? gracefulTermination(before.entries, namespace, content.nowMs) : 0;
  await deleteAll(resource, name, before.entries, content);

  const { entries, resourceVersion } = await objectsIn(resource, name);
  if (entries.length === 0) return undefined;
  const finalizers = new Map<string, number>();
  for (const entry of entries)
    for (const finalizer of entry.object().metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  const remaining = { resource, count: entries.length, finalizers, resourceVersion };
  if (estimateSeconds > 0) return { ...remaining, estimateSeconds };
  if (finalizers.size > 0) return { ...remaining, estimateSeconds: finalizerEstimateSeconds };
  throw new ContentRemainsError(name, { ...remaining, estimateSeconds: 0 });
}

/** Objects stay though nothing holds them. */
export class ContentRemainsError extends Error {
  constructor(
    namespace: string,
    readonly remaining: Remaining,
  ) {
    const { group, version, resource } = remaining.resource;
    super(`unexpected items still remain in namespace: ${namespace} for gvr: ${group}/${version}, Resource=${resource}`);
    this.name = 'ContentRemainsError';
  }
}

async function objectsIn(
  { store: { cacher } }: StoredResource,
  namespace: string,
): Promise<{ readonly entries: readonly Entry[]; readonly resourceVersion: number }> {
  await cacher.fresh();
  return cacher.list({ namespace });
}

async function deleteAll(resource: StoredResource, namespace: string, entries: readonly Entry[], { client, signal }: Content): Promise<void> {
  // In the background: what depends on the objects is in the namespace too, and goes with it.
  const request = { method: 'DELETE', body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }, signal };
  if (resource.verbs.includes('deletecollection')) {
    await callApi(client, { ...request, path: resourcePath(resource, namespace) });
    return;
  }
  for (const { name } of entries) {
    await callApi(client, { ...request, path: resourcePath(resource, namespace, name) }).catch((error: unknown) => {
      // Somebody else was quicker.
      if (asStatusError(error)?.code !== 404) throw error;
    });
  }
}

interface Pod extends KubeObject {
  readonly spec?: { readonly terminationGracePeriodSeconds?: number };
  readonly status?: { readonly phase?: string };
}

/** The longest grace period of the pods that run, while it is not over; 0 from then on. */
function gracefulTermination(pods: readonly Entry[], namespace: KubeObject, nowMs: number): number {
  let seconds = 0;
  for (const entry of pods) {
    const { spec, status } = entry.object() as Pod;
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') continue;
    seconds = Math.max(seconds, spec?.terminationGracePeriodSeconds ?? 0);
  }
  return nowMs - Date.parse(namespace.metadata.deletionTimestamp!) >= seconds * 1000 ? 0 : seconds;
}
