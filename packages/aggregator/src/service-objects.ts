/** The services of a cluster, out of the stores that hold them. */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import { follow } from '@apiserver-kit/watch-cache';
import type { ServiceObjects } from './service-resolver.js';

export interface ServiceStores {
  readonly services: ResourceStore;
  readonly endpointSlices: ResourceStore;
}

const serviceLabel = 'kubernetes.io/service-name';

/** Reads services and EndpointSlices from their stores. Nothing is loaded before somebody asks for a service. */
export function storedServices({ services, endpointSlices }: ServiceStores, { clock = systemClock }: { readonly clock?: Clock } = {}): ServiceObjects {
  const listeners = new Set<(namespace: string, name: string) => void>();
  const tell = (namespace: string, name: string | undefined): void => {
    if (name) for (const listener of listeners) listener(namespace, name);
  };
  let endFollowing: (() => void) | undefined;
  /** From the first question on, changes are told. */
  const followOnce = (): void => {
    if (endFollowing || listeners.size === 0) return;
    const nothing = (): void => {};
    const followed = [
      follow(services.cacher, { onReplace: nothing, onEvent: (_, { namespace, name }) => tell(namespace, name) }, { clock }),
      follow(endpointSlices.cacher, { onReplace: nothing, onEvent: (_, entry) => tell(entry.namespace, entry.labels[serviceLabel]) }, { clock }),
    ];
    // A cache that cannot be loaded is tried again by those who read it.
    for (const { ready } of followed) if (ready instanceof Promise) ready.catch(nothing);
    endFollowing = () => {
      for (const one of followed) one.close();
    };
  };
  return {
    async service(namespace, name) {
      followOnce();
      return (await services.get(namespace, name))?.object();
    },
    async endpointSlices(namespace, service) {
      await endpointSlices.cacher.fresh();
      const { entries } = endpointSlices.cacher.list({ namespace });
      return entries.filter(({ labels }) => labels[serviceLabel] === service).map((entry) => entry.object());
    },
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        endFollowing?.();
        endFollowing = undefined;
      };
    },
  };
}
