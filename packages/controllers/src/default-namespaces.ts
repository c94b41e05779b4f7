/** The namespaces that are always there (pkg/controlplane/controller/systemnamespaces, and `default` with the kubernetes Service). */
import { follow } from '@apiserver-kit/watch-cache';
import { type Clock, systemClock, timestamp } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import { type Controller, closable, type ControllerOptions } from './controller.js';
import { WorkQueue } from '@apiserver-kit/client/work-queue';

export const systemNamespaces: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export interface DefaultNamespacesOptions extends ControllerOptions {
  /** Makes a uid. */
  readonly uid: () => string;
  /** Default: {@link systemNamespaces}. */
  readonly names?: readonly string[];
}

export interface DefaultNamespaces extends Controller {
  /** Settled when all of them are there, or have failed to be made for the first time. */
  readonly ready: Promise<void>;
}

/**
 * Makes the namespaces that are missing: at the start, and again when one is deleted.
 *
 * They are written as the strategy of namespaces would have them, past the API: a server needs them before it answers anybody, and loading what
 * the API needs to know of namespaces takes longer than all the rest of the start.
 */
export function defaultNamespaces(
  store: ResourceStore,
  { uid, names = systemNamespaces, clock = systemClock, log }: DefaultNamespacesOptions,
): DefaultNamespaces {
  const wanted = new Set(names);
  const queue = new WorkQueue(
    async (name) => {
      if ((await store.get('', name)) === undefined) await store.create('', name, store.print(namespaceObject(name, uid(), clock)));
    },
    { clock, log, name: 'default namespaces' },
  );
  const following = follow(
    store.cacher,
    {
      onReplace: (entries) => {
        const there = new Set(entries.map(({ name }) => name));
        for (const name of wanted) if (!there.has(name)) queue.add(name);
      },
      onEvent: (type, { name }) => {
        if (type === 'DELETED' && wanted.has(name)) queue.add(name);
      },
    },
    { clock },
  );
  return {
    ready: Promise.resolve(following.ready).then(() => queue.idle()),
    ...closable(async () => {
      following.close();
      await queue.close();
    }),
  };
}

const namespaceObject = (name: string, uid: string, clock: Clock) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, uid, creationTimestamp: timestamp(clock.now()), labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});
