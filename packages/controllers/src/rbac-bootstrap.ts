/** The bootstrap policy, kept in storage (pkg/registry/rbac/rest/storage_rbac.go). */
import {
  type BootstrapPolicy,
  bootstrapPolicy,
  type RbacKind,
  type Reconciliation,
  reconcileBinding,
  reconcileRole,
  type Role,
  type RoleBinding,
} from '@apiserver-kit/authz';
import { systemClock, timestamp } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { type Controller, closable, type ControllerOptions } from './controller.js';
import { WorkQueue } from '@apiserver-kit/client/work-queue';

/** Where the objects of each kind are. */
export type RbacStores = Readonly<Record<RbacKind, ResourceStore>>;

export interface RbacBootstrapOptions extends ControllerOptions {
  /** Makes a uid. */
  readonly uid: () => string;
  /** Default: the reference's. */
  readonly policy?: BootstrapPolicy;
}

export interface RbacBootstrap extends Controller {
  /** Settled when all of the policy is there, or the first attempt has failed; see {@link isDone}. */
  readonly ready: Promise<void>;
  /** Whether all of the policy is there. */
  readonly isDone: boolean;
}

type RbacObject = Role | RoleBinding;

const retryMs = 1000;
const attempts = 5;

/**
 * Brings roles and bindings up to the bootstrap policy, once: makes what is missing, adds what is missing in what is there, and leaves alone
 * what is annotated so.
 *
 * Objects are written past the API and all at once, so that the hundred of a first start take one commit.
 */
export function rbacBootstrap(stores: RbacStores, { uid, policy, clock = systemClock, log }: RbacBootstrapOptions): RbacBootstrap {
  let isDone = false;

  const created = (object: RbacObject): RbacObject => ({
    ...object,
    metadata: { ...object.metadata, uid: uid(), creationTimestamp: timestamp(clock.now()) },
  });

  /** Does what has to be done to one object; undefined: somebody else was quicker. */
  const write = async (store: ResourceStore, before: Entry | undefined, { operation, object }: Reconciliation<RbacObject>): Promise<boolean> => {
    const { namespace = '', name = '' } = object.metadata;
    if (operation === 'none') return true;
    if (operation === 'update') return (await store.update(before!, store.print(object))) !== undefined;
    if (operation === 'recreate' && (await store.delete(before!)) === undefined) return false;
    return (await store.create(namespace, name, store.print(created(object)))) !== undefined;
  };

  const reconcile = async <T extends RbacObject>(
    store: ResourceStore,
    expected: T,
    judge: (existing: T | undefined, expected: T) => Reconciliation<T>,
  ): Promise<void> => {
    const { namespace = '', name = '' } = expected.metadata;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = await store.get(namespace, name);
      const plan = judge(before?.object() as T | undefined, expected);
      if (plan.isProtected) return;
      if (await write(store, before, plan)) return;
    }
    throw new Error(`${store} ${name} keeps changing`);
  };

  const all = async (): Promise<undefined> => {
    const { clusterRoles, clusterRoleBindings, roles, roleBindings } = policy ?? bootstrapPolicy();
    const results = await Promise.allSettled([
      ...clusterRoles.map((role) => reconcile(stores.ClusterRole, role, reconcileRole)),
      ...clusterRoleBindings.map((binding) => reconcile(stores.ClusterRoleBinding, binding, reconcileBinding)),
      ...roles.map((role) => reconcile(stores.Role, role, reconcileRole)),
      ...roleBindings.map((binding) => reconcile(stores.RoleBinding, binding, reconcileBinding)),
    ]);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} objects of the bootstrap policy are missing: ${String(failures[0])}`);
    isDone = true;
  };

  const queue = new WorkQueue(all, { clock, log, name: 'rbac/bootstrap-roles', minBackoffMs: retryMs });
  queue.add('policy');
  return {
    ready: queue.idle(),
    get isDone() {
      return isDone;
    },
    ...closable(() => queue.close()),
  };
}
