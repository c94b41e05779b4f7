import type { GroupResource } from '@apiserver-kit/machinery';

/** Which resource the object under a key is of. */
export type ResourceOfKey = (key: string) => GroupResource;

/**
 * Tells resources by kube-apiserver's keys: custom resources are stored under their group and name (`/registry/example.com/widgets/…`), what
 * is built in under paths of its own (`/registry/minions/…`).
 *
 * @param paths the resources that are built in, by the path that their keys start with. What is under none of them, nor under a group, is taken
 * for a resource of the core group.
 */
export function resourceOfKeys(prefix: string, paths: Iterable<readonly [path: string, resource: GroupResource]> = []): ResourceOfKey {
  const builtin = new Map(paths);
  return (key) => {
    const [first = '', second = ''] = key.slice(prefix.length + 1).split('/', 2);
    const found = builtin.get(`${prefix}/${first}/${second}`) ?? builtin.get(`${prefix}/${first}`);
    return found ?? (first.includes('.') ? { group: first, resource: second } : { group: '', resource: first });
  };
}
