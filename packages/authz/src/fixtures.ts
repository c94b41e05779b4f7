/** Material of this package's tests. */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { Attributes } from './authorizer.js';
import { type PolicyRule, type Role, type RoleBinding, rbacApiVersion, rbacGroup, type Subject } from './rbac/policy.js';

export const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups });

/** A request to get pods at the cluster's scope, but for what is given. */
export const attributes = (given: Partial<Attributes> = {}): Attributes => ({
  user: undefined,
  verb: 'get',
  isResourceRequest: true,
  apiGroup: '',
  apiVersion: 'v1',
  namespace: '',
  resource: 'pods',
  subresource: '',
  name: '',
  path: '',
  fieldSelector: '',
  labelSelector: '',
  ...given,
});

/** A request for a path. */
export const pathAttributes = (path: string, given: Partial<Attributes> = {}): Attributes =>
  attributes({ isResourceRequest: false, resource: '', apiVersion: '', path, ...given });

/** `rule('get,list', 'pods,services')`, in the core group. */
export const rule = (verbs: string, resources: string, apiGroups = '', resourceNames?: string): PolicyRule => ({
  verbs: verbs.split(','),
  apiGroups: apiGroups.split(','),
  resources: resources.split(','),
  ...(resourceNames !== undefined && { resourceNames: resourceNames.split(',') }),
});

const object = (kind: string, namespace: string, name: string): KubeObject => ({
  kind,
  apiVersion: rbacApiVersion,
  metadata: { name, ...(namespace !== '' && { namespace }) },
});

export const clusterRole = (name: string, ...rules: PolicyRule[]): Role => ({ ...object('ClusterRole', '', name), rules });
export const role = (namespace: string, name: string, ...rules: PolicyRule[]): Role => ({ ...object('Role', namespace, name), rules });

/** `User jane`, `Group dev`, `ServiceAccount ns/robot`. */
export function subject(text: string): Subject {
  const [kind, whom] = text.split(' ') as [string, string];
  if (kind !== 'ServiceAccount') return { kind, apiGroup: rbacGroup, name: whom };
  const [namespace, name] = whom.includes('/') ? whom.split('/') : [undefined, whom];
  return { kind, name: name!, ...(namespace !== undefined && { namespace }) };
}

export const clusterRoleBinding = (name: string, roleName: string, ...subjects: string[]): RoleBinding => ({
  ...object('ClusterRoleBinding', '', name),
  subjects: subjects.map(subject),
  roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: roleName },
});

/** `roleRef` is `Role x` or `ClusterRole x`. */
export function roleBinding(namespace: string, name: string, roleRef: string, ...subjects: string[]): RoleBinding {
  const [kind, roleName] = roleRef.split(' ') as [string, string];
  return { ...object('RoleBinding', namespace, name), subjects: subjects.map(subject), roleRef: { apiGroup: rbacGroup, kind, name: roleName } };
}
