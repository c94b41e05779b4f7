/** Where RBAC finds roles and bindings, and an index in memory that is one. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { Binding } from './binding.js';
import type { Role } from './policy.js';

/** Roles by name and bindings by subject, so that a request costs nothing for bindings of others. */
export interface RbacSource {
  getRole(namespace: string, name: string): Role | undefined;
  getClusterRole(name: string): Role | undefined;
  /** Bindings with the user as a subject, by name or as a service account: RoleBindings of the namespace, ClusterRoleBindings where it is empty. */
  bindingsOfUser(user: string, namespace: string): Iterable<Binding>;
  /** Likewise, by a group. */
  bindingsOfGroup(group: string, namespace: string): Iterable<Binding>;
}

export const rbacKinds = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'] as const;
export type RbacKind = (typeof rbacKinds)[number];

/** An {@link RbacSource} in memory, kept up to date by whoever watches the objects. Objects are kept as they are given: never write to them after. */
export interface RbacStore extends RbacSource {
  /** Puts in an object, in place of the one of its kind, namespace and name. */
  apply(kind: RbacKind, object: KubeObject): void;
  /** Removes an object if it is there. `namespace` is empty for cluster kinds. */
  remove(kind: RbacKind, namespace: string, name: string): void;
  /** Makes these all the objects of the kind: what a list from storage says, at the start or after a watch broke. */
  replace(kind: RbacKind, objects: Iterable<KubeObject>): void;
  /** True when all four kinds have been replaced once. Before that the store knows too little, and so allows too little. */
  ready(): boolean;
}

/** Two keys, namespace and name; the empty ones in between are dropped. */
class ByNamespace<V> {
  readonly #maps = new Map<string, Map<string, V>>();
  get(namespace: string, name: string): V | undefined {
    return this.#maps.get(namespace)?.get(name);
  }
  set(namespace: string, name: string, value: V): void {
    const map = this.#maps.get(namespace);
    if (map === undefined) this.#maps.set(namespace, new Map([[name, value]]));
    else map.set(name, value);
  }
  delete(namespace: string, name: string): void {
    const map = this.#maps.get(namespace);
    if (map?.delete(name) && map.size === 0) this.#maps.delete(namespace);
  }
  *entries(): Generator<[namespace: string, name: string, value: V]> {
    for (const [namespace, map] of this.#maps) for (const [name, value] of map) yield [namespace, name, value];
  }
}

/** By binding's name, so that a change costs no search; in the order in which they came. */
type SubjectIndex = ByNamespace<Map<string, Binding>>;

const none: readonly Binding[] = [];

/** By subject, so that the bindings of others cost a request nothing. */
class BindingIndex {
  readonly #bindings = new ByNamespace<Binding>();
  readonly #byUser: SubjectIndex = new ByNamespace();
  readonly #byGroup: SubjectIndex = new ByNamespace();

  ofUser(user: string, namespace: string): Iterable<Binding> {
    return this.#byUser.get(namespace, user)?.values() ?? none;
  }
  ofGroup(group: string, namespace: string): Iterable<Binding> {
    return this.#byGroup.get(namespace, group)?.values() ?? none;
  }
  set(binding: Binding): void {
    this.delete(binding.namespace, binding.name);
    this.#bindings.set(binding.namespace, binding.name, binding);
    for (const user of binding.users.keys()) index(this.#byUser, user, binding);
    for (const group of binding.groups.keys()) index(this.#byGroup, group, binding);
  }
  delete(namespace: string, name: string): void {
    const old = this.#bindings.get(namespace, name);
    if (old === undefined) return;
    for (const user of old.users.keys()) unindex(this.#byUser, user, old);
    for (const group of old.groups.keys()) unindex(this.#byGroup, group, old);
    this.#bindings.delete(namespace, name);
  }
  entries(): Iterable<[namespace: string, name: string, binding: Binding]> {
    return this.#bindings.entries();
  }
}

function index(subjects: SubjectIndex, subject: string, binding: Binding): void {
  const known = subjects.get(binding.namespace, subject);
  if (known === undefined) subjects.set(binding.namespace, subject, new Map([[binding.name, binding]]));
  else known.set(binding.name, binding);
}

function unindex(subjects: SubjectIndex, subject: string, { namespace, name }: Binding): void {
  const known = subjects.get(namespace, subject);
  if (known?.delete(name) && known.size === 0) subjects.delete(namespace, subject);
}

/**
 * An {@link RbacStore}: empty, or of these objects, which are then all there are.
 * @throws Error for an object that is of no kind of RBAC.
 */
export function rbacStore(objects?: Iterable<KubeObject>): RbacStore {
  const roles = new ByNamespace<Role>();
  const clusterRoles = new ByNamespace<Role>();
  const bindings = new BindingIndex();
  // Apart from the others: a RoleBinding that lacks its namespace must never count for the whole cluster.
  const clusterBindings = new BindingIndex();
  const missing = new Set<RbacKind>(rbacKinds);

  const mapOf = (kind: RbacKind) => ({ Role: roles, ClusterRole: clusterRoles, RoleBinding: bindings, ClusterRoleBinding: clusterBindings })[kind];
  const bindingsOf = (namespace: string): BindingIndex => (namespace === '' ? clusterBindings : bindings);
  const put = (kind: RbacKind, object: KubeObject): void => {
    const { namespace = '', name = '' } = object.metadata;
    if (kind === 'Role') roles.set(namespace, name, object);
    else if (kind === 'ClusterRole') clusterRoles.set('', name, object);
    else if (kind === 'RoleBinding') bindings.set(new Binding(object, kind));
    else clusterBindings.set(new Binding(object, kind));
  };

  if (objects !== undefined) {
    for (const object of objects) put(kindOf(object), object);
    missing.clear();
  }
  return {
    getRole: (namespace, name) => (namespace === '' ? undefined : roles.get(namespace, name)),
    getClusterRole: (name) => clusterRoles.get('', name),
    bindingsOfUser: (user, namespace) => bindingsOf(namespace).ofUser(user, namespace),
    bindingsOfGroup: (group, namespace) => bindingsOf(namespace).ofGroup(group, namespace),
    apply: put,
    remove: (kind, namespace, name) => mapOf(kind).delete(namespace, name),
    replace(kind, replacement) {
      // What stays is never away in between, and no request can come before this returns.
      for (const [namespace, name] of [...mapOf(kind).entries()]) mapOf(kind).delete(namespace, name);
      for (const object of replacement) put(kind, object);
      missing.delete(kind);
    },
    ready: () => missing.size === 0,
  };
}

function kindOf({ kind }: KubeObject): RbacKind {
  const known = rbacKinds.find((each) => each === kind);
  if (known === undefined) throw new Error(`"${kind}" is not a kind of RBAC`);
  return known;
}
