/** What a cache holds, for those who are asked about it while a request waits. */
import type { Clock, KubeObject } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import { follow, type Following } from '@apiserver-kit/watch-cache';

/** Told of the objects of one resource. */
export interface ObjectReceiver {
  replace(objects: readonly KubeObject[]): void;
  apply(object: KubeObject): void;
  remove(name: string, namespace: string): void;
}

/** Keeps a receiver up to date. A write counts before it is acknowledged, where the storage is in this process. */
export const followStore = ({ cacher }: ResourceStore, receiver: ObjectReceiver, clock: Clock): Following =>
  follow(
    cacher,
    {
      onReplace: (entries) => receiver.replace(entries.map((entry) => entry.object())),
      onEvent: (type, entry) => {
        if (type === 'DELETED') receiver.remove(entry.name, entry.namespace);
        else receiver.apply(entry.object());
      },
    },
    { clock },
  );

/** The objects of one resource by namespace, kept up to date. */
export interface ObjectsByNamespace extends ObjectReceiver {
  in(namespace: string): readonly KubeObject[];
}

const none: readonly KubeObject[] = [];

export function objectsByNamespace(): ObjectsByNamespace {
  const namespaces = new Map<string, Map<string, KubeObject>>();
  const apply = (object: KubeObject): void => {
    const { namespace = '', name = '' } = object.metadata;
    const objects = namespaces.get(namespace) ?? new Map<string, KubeObject>();
    namespaces.set(namespace, objects.set(name, object));
  };
  return {
    in(namespace) {
      const objects = namespaces.get(namespace);
      return objects ? [...objects.values()] : none;
    },
    replace(objects) {
      namespaces.clear();
      objects.forEach(apply);
    },
    apply,
    remove(name, namespace) {
      const objects = namespaces.get(namespace);
      objects?.delete(name);
      if (objects?.size === 0) namespaces.delete(namespace);
    },
  };
}
