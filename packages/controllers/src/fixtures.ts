/** What the tests of controllers run on: real stores over a storage in memory. */
import { rbacGroup } from '@apiserver-kit/authz';
import type { GroupResource, KubeObject } from '@apiserver-kit/machinery';
import { ResourceStore } from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import type { RbacStores } from './rbac-bootstrap.js';

export const storeOf = (storage: Storage, resource: GroupResource, namespaced: boolean): ResourceStore =>
  new ResourceStore(storage, { resource, namespaced, prefix: `/registry/${resource.resource}` });

export function rbacStores(storage: Storage = memoryStorage()): RbacStores {
  const store = (resource: string, namespaced: boolean): ResourceStore => storeOf(storage, { group: rbacGroup, resource }, namespaced);
  return {
    Role: store('roles', true),
    ClusterRole: store('clusterroles', false),
    RoleBinding: store('rolebindings', true),
    ClusterRoleBinding: store('clusterrolebindings', false),
  };
}

export async function put(store: ResourceStore, object: KubeObject): Promise<void> {
  const { namespace = '', name = '' } = object.metadata;
  const before = await store.get(namespace, name);
  await (before ? store.update(before, store.print(object)) : store.create(namespace, name, store.print(object)));
}

export const objects = async <T extends KubeObject>(store: ResourceStore): Promise<T[]> => {
  await store.cacher.fresh();
  return store.cacher.list({}).entries.map((entry) => entry.object() as T);
};

export function uids(): () => string {
  let count = 0;
  return () => `uid-${++count}`;
}
