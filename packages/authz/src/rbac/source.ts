/** Where RBAC finds roles and bindings, and an index in memory that is one. */
import { isRecord, type KubeObject } from '@apiserver-kit/machinery';
import { Binding } from './binding.js';
import type { Role, RoleBinding } from './policy.js';

/** Roles by name and bindings by subject, so that a request costs nothing for bindings of others. */
export interface RbacSource {
  getRole(namespace: string, name: string): Role | undefined;
  getClusterRole(name: string): Role | undefined;
  /** Bindings with the user as a subject, by name or as a service account: RoleBindings of the namespace, ClusterRoleBindings where it is empty. */
  bindingsOfUser(user: string, namespace: string): Iterable<Binding>;
  /** Likewise, by a group. */
  bindingsOfGroup(group: string, namespace: string): Iterable<Binding>;
  /** Calls `listener` after each change, until what it gives back is called. */
  onChange?(listener: () => void): () => void;
}

export type RbacKind = 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';

/** An {@link RbacSource} in memory, kept up to date by whoever watches the objects. */
export interface RbacStore extends RbacSource {
  /**
   * Adds an object, or replaces the one of its kind, namespace and name.
   * @throws Error when it is of another kind.
   */
  upsert(object: KubeObject): void;
  /** Removes an object if it is there. `namespace` is empty for cluster kinds. */
  remove(kind: RbacKind, namespace: string, name: string): void;
  onChange(listener: () => void): () => void;
}

/** Two keys, namespace and name; the empty ones in between are dropped. */
class ByNamespace<V> {
  readonly #maps = new Map<string, Map<string, V>>();
  get(namespace: string, name: string): V | undefined {
    return this.#maps.get(namespace)?.get(name);
  }
  set(namespace: string, name: string, value: V): void {
    let map = this.#maps.get(namespace);
    if (map === undefined) this.#maps.set(namespace, (map = new Map()));
    map.set(name, value);
  }
  delete(namespace: string, name: string): void {
    const map = this.#maps.get(namespace);
    if (map?.delete(name) && map.size === 0) this.#maps.delete(namespace);
  }
}

/** By binding's name, so that a change costs no search; in the order in which they came. */
type SubjectIndex = ByNamespace<Map<string, Binding>>;

const none: readonly Binding[] = [];

/** An empty {@link RbacStore}, or one of these objects. */
export function rbacStore(objects: Iterable<KubeObject> = []): RbacStore {
  const roles = new ByNamespace<Role>();
  const bindings = new ByNamespace<Binding>();
  const byUser: SubjectIndex = new ByNamespace();
  const byGroup: SubjectIndex = new ByNamespace();
  const listeners = new Set<() => void>();

  const index = (subjects: SubjectIndex, subject: string, binding: Binding): void => {
    const known = subjects.get(binding.namespace, subject);
    if (known === undefined) subjects.set(binding.namespace, subject, new Map([[binding.name, binding]]));
    else known.set(binding.name, binding);
  };
  const unindex = (subjects: SubjectIndex, subject: string, { namespace, name }: Binding): void => {
    const known = subjects.get(namespace, subject);
    if (known?.delete(name) && known.size === 0) subjects.delete(namespace, subject);
  };

  const removeBinding = (namespace: string, name: string): void => {
    const old = bindings.get(namespace, name);
    if (old === undefined) return;
    for (const user of old.users.keys()) unindex(byUser, user, old);
    for (const group of old.groups.keys()) unindex(byGroup, group, old);
    bindings.delete(namespace, name);
  };
  const setBinding = (object: RoleBinding): void => {
    const binding = new Binding(object, object.kind);
    removeBinding(binding.namespace, binding.name);
    bindings.set(binding.namespace, binding.name, binding);
    for (const user of binding.users.keys()) index(byUser, user, binding);
    for (const group of binding.groups.keys()) index(byGroup, group, binding);
  };

  const put = (object: KubeObject): void => {
    const { kind, metadata } = object;
    const name = metadata.name ?? '';
    if (kind === 'Role') roles.set(metadata.namespace ?? '', name, object);
    else if (kind === 'ClusterRole') roles.set('', name, object);
    else if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
      if (!isRecord(object.roleRef)) throw new Error(`${kind} "${name}" has no roleRef`);
      setBinding(object as RoleBinding);
    } else throw new Error(`"${kind}" is not a kind of RBAC`);
  };
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  for (const object of objects) put(object);
  return {
    getRole: (namespace, name) => (namespace === '' ? undefined : roles.get(namespace, name)),
    getClusterRole: (name) => roles.get('', name),
    bindingsOfUser: (user, namespace) => byUser.get(namespace, user)?.values() ?? none,
    bindingsOfGroup: (group, namespace) => byGroup.get(namespace, group)?.values() ?? none,
    upsert(object) {
      put(object);
      changed();
    },
    remove(kind, namespace, name) {
      if (kind === 'Role') roles.delete(namespace, name);
      else if (kind === 'ClusterRole') roles.delete('', name);
      else removeBinding(kind === 'RoleBinding' ? namespace : '', name);
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
