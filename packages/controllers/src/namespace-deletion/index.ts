/** Empties namespaces that are being deleted, then lets them go (pkg/controller/namespace). */
import { type GroupVersionResource, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import type { ApiRegistry } from '@apiserver-kit/rest';
import { type Cacher, follow, type Watcher } from '@apiserver-kit/watch-cache';
import { type ApiClient, callApi, isConflict, isNotFound, resourcePath } from '../api-client.js';
import { closable, type Controller, type ControllerOptions } from '../controller.js';
import { type Outcome, WorkQueue } from '@apiserver-kit/client/work-queue';
import { type Findings, withConditions } from './conditions.js';
import { ContentRemainsError, deleteContent, isPods, namespacedResources, type Remaining } from './content.js';

export interface NamespaceDeletionOptions extends ControllerOptions {
  /** The cache of all namespaces. */
  readonly namespaces: Cacher;
  /** What may be in a namespace. */
  readonly registry: ApiRegistry;
  /** Calls the API for somebody who may delete everything. */
  readonly client: ApiClient;
}

interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
  readonly status?: { readonly phase?: string };
}

const namespaces: GroupVersionResource = { group: '', version: 'v1', resource: 'namespaces' };
const finalizer = 'kubernetes';

/**
 * Deletes what is in a namespace with a deletionTimestamp, says in its conditions how that goes, and takes the finalizer `kubernetes` out of its
 * spec when nothing is left.
 *
 * It is told of namespaces by their cache, and while objects wait for finalizers, by the caches of those objects; a timer looks again in case
 * nobody tells.
 */
export function namespaceDeletion({ namespaces: cacher, registry, client, clock = systemClock, log }: NamespaceDeletionOptions): Controller {
  /** What is being waited for, by namespace. */
  const waits = new Map<string, Watcher[]>();
  const endWait = (name: string): void => {
    for (const watcher of waits.get(name) ?? []) watcher.close();
    waits.delete(name);
  };
  const waitFor = (name: string, remaining: readonly Remaining[]): void => {
    waits.set(
      name,
      remaining.map(({ resource, resourceVersion }) =>
        resource.store.cacher.watch(
          { namespace: name },
          { afterRevision: resourceVersion },
          { onEvent: (type) => type === 'DELETED' && queue.add(name), onBookmark: () => {}, onEnd: () => queue.add(name) },
        ),
      ),
    );
  };

  const put = (namespace: KubeObject, subresource: string, signal: AbortSignal): Promise<Namespace> =>
    callApi(client, { method: 'PUT', path: resourcePath(namespaces, '', namespace.metadata.name!, subresource), body: namespace, signal });
  const get = (name: string, signal: AbortSignal): Promise<Namespace> => callApi(client, { path: resourcePath(namespaces, '', name), signal });

  const empty = async (namespace: Namespace, signal: AbortSignal): Promise<Findings> => {
    const content = { registry, client, nowMs: clock.now(), signal };
    const remaining: Remaining[] = [];
    const contentErrors: Error[] = [];
    const resources = namespacedResources(registry);
    const deleteOf = async (chosen: typeof resources, describe: (error: Error) => Error = (error) => error): Promise<void> => {
      const results = await Promise.allSettled(chosen.map((registered) => deleteContent(namespace, registered, content)));
      for (const result of results) {
        if (result.status === 'fulfilled') {
          if (result.value) remaining.push(result.value);
          continue;
        }
        const error = result.reason instanceof Error ? result.reason : new Error(String(result.reason));
        if (error instanceof ContentRemainsError) remaining.push(error.remaining);
        contentErrors.push(describe(error));
      }
    };
    // Pods first: what they use is there until they have gone.
    const pods = resources.filter(({ description }) => isPods(description));
    await deleteOf(pods, ({ message }) => new Error(`failed to delete pods for namespace: ${namespace.metadata.name}, err: ${message}`));
    if (remaining.length === 0) await deleteOf(resources.filter(({ description }) => !isPods(description)));
    return { contentErrors, remaining };
  };

  const finish = async (namespace: Namespace, signal: AbortSignal): Promise<Outcome> => {
    const name = namespace.metadata.name!;
    const findings = await empty(namespace, signal);
    const { contentErrors, remaining } = findings;
    const updated = withConditions(namespace, findings, clock.now());
    if (updated) {
      // Whatever was admitted before the namespace was marked is written before this is. Its event has us look again, and then we see everything.
      await put(updated, 'status', signal);
      return;
    }
    if (contentErrors.length > 0) throw new AggregateError(contentErrors, contentErrors.map(({ message }) => message).join(', '));
    if (remaining.length > 0) {
      waitFor(name, remaining);
      const estimate = Math.max(...remaining.map(({ estimateSeconds }) => estimateSeconds));
      return { againInMs: (Math.floor(estimate / 2) + 1) * 1000 };
    }
    const finalizers = [...new Set(namespace.spec?.finalizers)].filter((one) => one !== finalizer).sort();
    await put({ ...namespace, spec: { ...namespace.spec, finalizers } }, 'finalize', signal);
  };

  const sync = async (name: string, signal: AbortSignal): Promise<Outcome> => {
    endWait(name);
    try {
      let namespace = await get(name, signal);
      if (!namespace.metadata.deletionTimestamp) return;
      if (namespace.status?.phase !== 'Terminating') {
        namespace = await put({ ...namespace, status: { ...namespace.status, phase: 'Terminating' } }, 'status', signal);
      }
      if (!namespace.spec?.finalizers?.length) return;
      return await finish(namespace, signal);
    } catch (error) {
      if (isNotFound(error)) return;
      // Somebody has changed it meanwhile; mostly, the event of that has us look again before this time.
      if (isConflict(error)) return { againInMs: 100 };
      throw error;
    }
  };

  const queue = new WorkQueue(sync, { clock, log, name: 'namespace deletion' });
  const following = follow(
    cacher,
    {
      onReplace: (entries) => {
        for (const entry of entries) if (entry.object().metadata.deletionTimestamp) queue.add(entry.name);
      },
      onEvent: (type, entry) => {
        if (type === 'DELETED') endWait(entry.name);
        else if (entry.object().metadata.deletionTimestamp) queue.add(entry.name);
      },
    },
    { clock },
  );

  return closable(async () => {
    following.close();
    await queue.close();
    for (const name of [...waits.keys()]) endWait(name);
  });
}
