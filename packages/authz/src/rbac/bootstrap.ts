/** The roles and bindings that every cluster has (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, with the feature gates that are on by default). */
import { readFileSync } from 'node:fs';
import type { KubeObject } from '@apiserver-kit/machinery';
import { type AggregationRule, type PolicyRule, type Role, type RoleBinding, rbacApiVersion, rbacGroup, type Subject } from './policy.js';

/** Marks what a bootstrap made. */
export const bootstrappingLabel = 'kubernetes.io/bootstrapping';
/** `false` keeps a role or a binding from being brought up to date. */
export const autoupdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate';

/** What a cluster starts with. All of it is shared and frozen. */
export interface BootstrapPolicy {
  readonly clusterRoles: readonly Role[];
  readonly clusterRoleBindings: readonly RoleBinding[];
  /** In `kube-system` and `kube-public`. */
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/** A role as data/bootstrap-policy.json has it: without what all of them share. */
interface RoleRow {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly aggregationRule?: AggregationRule;
  readonly rules: readonly PolicyRule[] | null;
}

interface BindingRow {
  readonly name: string;
  readonly namespace?: string;
  /** The role's name; its kind goes with the binding's. */
  readonly role: string;
  readonly subjects?: readonly Subject[];
}

let policy: BootstrapPolicy | undefined;

/** The bootstrap policy. Read and parsed when it is asked for first, so that a server that is up to date never pays for it. */
export function bootstrapPolicy(): BootstrapPolicy {
  policy ??= readPolicy();
  return policy;
}

function readPolicy(): BootstrapPolicy {
  const rows = JSON.parse(readFileSync(new URL('../../data/bootstrap-policy.json', import.meta.url), 'utf8')) as {
    clusterRoles: RoleRow[];
    clusterRoleBindings: BindingRow[];
    roles: RoleRow[];
    roleBindings: BindingRow[];
  };
  return deepFreeze({
    clusterRoles: rows.clusterRoles.map((row) => role('ClusterRole', row)),
    clusterRoleBindings: rows.clusterRoleBindings.map((row) => binding('ClusterRoleBinding', 'ClusterRole', row)),
    roles: rows.roles.map((row) => role('Role', row)),
    roleBindings: rows.roleBindings.map((row) => binding('RoleBinding', 'Role', row)),
  });
}

const metadata = ({ name, namespace, labels }: { name: string; namespace?: string; labels?: Record<string, string> }): KubeObject['metadata'] => ({
  name,
  ...(namespace !== undefined && { namespace }),
  labels: { [bootstrappingLabel]: 'rbac-defaults', ...labels },
  annotations: { [autoupdateAnnotation]: 'true' },
});

const role = (kind: string, row: RoleRow): Role => ({
  kind,
  apiVersion: rbacApiVersion,
  metadata: metadata(row),
  rules: row.rules,
  ...(row.aggregationRule !== undefined && { aggregationRule: row.aggregationRule }),
});

const binding = (kind: string, roleKind: string, row: BindingRow): RoleBinding => ({
  kind,
  apiVersion: rbacApiVersion,
  metadata: metadata(row),
  ...(row.subjects !== undefined && { subjects: row.subjects.map(subject) }),
  roleRef: { apiGroup: rbacGroup, kind: roleKind, name: row.role },
});

const subject = ({ kind, name, namespace }: Subject): Subject =>
  kind === 'ServiceAccount' ? { kind, name, ...(namespace !== undefined && { namespace }) } : { kind, apiGroup: rbacGroup, name };

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
