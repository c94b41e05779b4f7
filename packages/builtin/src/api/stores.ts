/** Where the objects of the built-in resources are kept: a store for each, made when it is first asked for. */
import type { CacherOptions } from '@apiserver-kit/watch-cache';
import { ResourceStore } from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';
import type { KubeObject } from '@apiserver-kit/machinery';
import { type BuiltinResource, builtinResource } from '../resources.js';

export interface BuiltinStoresOptions extends Omit<CacherOptions, 'fieldsOf'> {
  /** What stands before all keys, without a slash at its end (`--etcd-prefix`). Default `/registry`. */
  readonly etcdPrefix?: string;
}

/** The stores of a server's built-in resources. */
export interface BuiltinStores {
  /** The store of a resource: one for all versions that are stored together. Nothing is read before its first use. */
  of(resource: BuiltinResource): ResourceStore;
  /** Ends the caches of all stores that were made. */
  close(): Promise<void>;
}

const defaultPrefix = '/registry';

/** The row whose version a resource is stored in: itself, but for events.k8s.io's events. */
const storedRow = (resource: BuiltinResource): BuiltinResource =>
  resource.storedAs ? builtinResource({ ...resource.storedAs, kind: resource.kind })! : resource;

function fieldsOf({ selectableFields }: BuiltinResource): CacherOptions['fieldsOf'] {
  const fields = Object.entries(selectableFields);
  if (fields.length === 0) return undefined;
  return (object: KubeObject) => {
    const values: Record<string, string> = {};
    for (const [name, read] of fields) values[name] = read(object);
    return values;
  };
}

/** Keeps the built-in resources in a storage, in kube-apiserver's layout. */
export function builtinStores(storage: Storage, { etcdPrefix = defaultPrefix, ...cacherOptions }: BuiltinStoresOptions = {}): BuiltinStores {
  const stores = new Map<string, ResourceStore>();
  return {
    of(resource) {
      const row = storedRow(resource);
      let store = stores.get(row.storagePath);
      if (!store) {
        store = new ResourceStore(storage, {
          ...cacherOptions,
          resource: { group: row.group, resource: row.plural },
          namespaced: row.namespaced,
          prefix: `${etcdPrefix}${row.storagePath.slice(defaultPrefix.length)}`,
          fieldsOf: fieldsOf(row),
        });
        stores.set(row.storagePath, store);
      }
      return store;
    },
    async close() {
      await Promise.all([...stores.values()].map((store) => store.close()));
    },
  };
}
