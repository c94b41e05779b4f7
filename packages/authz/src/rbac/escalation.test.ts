import { requestInfoOf, type UserInfo } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { alwaysDeny } from '../fixed.js';
import { clusterRole, clusterRoleBinding, role, roleBinding, rule, user } from '../fixtures.js';
import { confirmBindingWrite, confirmNoEscalation, confirmRoleWrite, type EscalationContext } from './escalation.js';
import { rbac } from './index.js';
import { rbacGroup, type Role } from './policy.js';
import { rbacStore } from './source.js';

const reader = rule('get,list', 'pods');
const cluster = rbac(
  rbacStore([
    clusterRole('reader', reader),
    clusterRole('writer', rule('create', 'pods')),
    clusterRole('all', rule('*', '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }),
    clusterRole('escalator', rule('escalate', 'roles,clusterroles', rbacGroup)),
    clusterRole('binder', rule('bind', 'clusterroles', rbacGroup, 'writer')),
    clusterRoleBinding('reader', 'reader', 'User jane'),
    clusterRoleBinding('all', 'all', 'User root'),
    clusterRoleBinding('escalator', 'escalator', 'User esc'),
    roleBinding('ns', 'binder', 'ClusterRole binder', 'User bill'),
    role('ns', 'empty'),
    roleBinding('ns', 'lost', 'Role gone', 'User lou'),
  ]),
);

const jane = user('jane', 'dev', 'system:authenticated');
const context = (by: UserInfo, path: string, method = 'POST'): EscalationContext => ({
  user: by,
  info: requestInfoOf(method, `/apis/${rbacGroup}/v1/${path}`),
  authorizer: cluster,
  resolver: cluster,
});
const roles = 'namespaces/ns/roles';
const roleBindings = 'namespaces/ns/rolebindings';

describe('the rules that a user grants', () => {
  it('are nobody’s business when the user has them', () => {
    expect(confirmNoEscalation(jane, 'ns', [rule('get', 'pods', '', 'web'), rule('list', 'pods')], cluster)).toBeUndefined();
    expect(confirmNoEscalation(jane, 'ns', [], cluster)).toBeUndefined();
  });
  it('are told where they are missing, joined by resource and sorted', () => {
    const wanted = [
      rule('list,watch,get,delete', 'pods'),
      rule('get', 'nodes', '', 'b,a'),
      { verbs: ['get', 'post'], nonResourceURLs: ['/x'] },
      rule('*', '*', 'apps'),
    ];
    expect(confirmNoEscalation(jane, 'ns', wanted, cluster)).toBe(
      [
        'user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
        '{APIGroups:[""], Resources:["nodes"], ResourceNames:["a"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["nodes"], ResourceNames:["b"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["pods"], Verbs:["watch" "delete"]}',
        '{APIGroups:["apps"], Resources:["*"], Verbs:["*"]}',
        '{NonResourceURLs:["/x"], Verbs:["get"]}',
        '{NonResourceURLs:["/x"], Verbs:["post"]}',
      ].join('\n'),
    );
  });
  it('may be missing because roles are: that is told, too', () => {
    expect(confirmNoEscalation(user('lou'), 'ns', [rule('get', 'pods')], cluster)).toBe(
      'user "lou" (groups=[]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}; resolution errors: [role.rbac.authorization.k8s.io "gone" not found]',
    );
  });
});

describe('a role', () => {
  it('may be written by who has all of it', async () => {
    await confirmRoleWrite(role('ns', 'r', reader), undefined, context(jane, roles));
    await confirmRoleWrite(clusterRole('r', reader), undefined, context(jane, 'clusterroles'));
  });
  it('may not be written by others: 403 that says what they lack', async () => {
    await expect(confirmRoleWrite(role('ns', 'r', rule('get', 'secrets')), undefined, context(jane, roles))).rejects.toMatchObject({
      status: {
        code: 403,
        reason: 'Forbidden',
        message:
          'roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
        details: { group: rbacGroup, kind: 'roles', name: 'r' },
      },
    });
  });
  it('may be written by system:masters, and by who may escalate', async () => {
    const big = clusterRole('r', rule('*', '*', '*'));
    await confirmRoleWrite(big, undefined, context(user('x', 'system:masters'), 'clusterroles'));
    await confirmRoleWrite(big, undefined, context(user('esc'), 'clusterroles'));
    await expect(confirmRoleWrite(big, undefined, { ...context(user('esc'), 'clusterroles'), authorizer: alwaysDeny() })).rejects.toThrow('is forbidden');
  });
  it('may be written by who could not where only finalizers and owners change, so that garbage collection ends', async () => {
    const old = role('ns', 'r', rule('get', 'secrets'));
    old.metadata = { ...old.metadata, finalizers: ['x'], ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: '1' }], labels: {} };
    const freed = { ...old, metadata: { name: 'r', namespace: 'ns', managedFields: [{ manager: 'gc' }] } };
    await confirmRoleWrite(freed, old, context(jane, `${roles}/r`, 'PUT'));
    const labelled = { ...freed, metadata: { ...freed.metadata, labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': '' } } };
    await expect(confirmRoleWrite(labelled, old, context(jane, `${roles}/r`, 'PUT'))).rejects.toThrow('attempting to grant');
  });
  it('that aggregates, or did, may be written only by who may do everything', async () => {
    const gathers: Role = { ...clusterRole('r'), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };
    const refusal = 'clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use the aggregationRule';
    await expect(confirmRoleWrite(gathers, undefined, context(jane, 'clusterroles'))).rejects.toThrow(refusal);
    await expect(confirmRoleWrite(clusterRole('r'), gathers, context(jane, 'clusterroles/r', 'PUT'))).rejects.toThrow(refusal);
    await confirmRoleWrite(gathers, undefined, context(user('root'), 'clusterroles'));
  });
});

describe('a binding', () => {
  it('may be made to a role by who has all of it', async () => {
    await confirmBindingWrite(roleBinding('ns', 'b', 'ClusterRole reader', 'User x'), undefined, context(jane, roleBindings));
    await confirmBindingWrite(roleBinding('ns', 'b', 'Role empty', 'User x'), undefined, context(jane, roleBindings));
  });
  it('may not be made by others', async () => {
    await expect(confirmBindingWrite(clusterRoleBinding('b', 'writer', 'User x'), undefined, context(jane, 'clusterrolebindings'))).rejects.toMatchObject({
      status: {
        code: 403,
        message:
          'clusterrolebindings.rbac.authorization.k8s.io "b" is forbidden: user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["create"]}',
      },
    });
  });
  it('may be made by who may bind that role, there', async () => {
    const bill = user('bill');
    await confirmBindingWrite(roleBinding('ns', 'b', 'ClusterRole writer', 'User x'), undefined, context(bill, roleBindings));
    await expect(confirmBindingWrite(roleBinding('ns', 'b', 'ClusterRole reader', 'User x'), undefined, context(bill, roleBindings))).rejects.toThrow(
      'forbidden',
    );
    await expect(confirmBindingWrite(clusterRoleBinding('b', 'writer', 'User x'), undefined, context(bill, 'clusterrolebindings'))).rejects.toThrow(
      'forbidden',
    );
  });
  it('may be made by system:masters, also to a role that is not there', async () => {
    await confirmBindingWrite(roleBinding('ns', 'b', 'Role gone', 'User x'), undefined, context(user('x', 'system:masters'), roleBindings));
  });
  it('is 404 to a role that is not there for others', async () => {
    await expect(confirmBindingWrite(roleBinding('ns', 'b', 'Role gone', 'User x'), undefined, context(jane, roleBindings))).rejects.toMatchObject({
      status: { code: 404, message: 'roles.rbac.authorization.k8s.io "gone" not found' },
    });
    await expect(confirmBindingWrite(roleBinding('ns', 'b', 'Thing x', 'User x'), undefined, context(jane, roleBindings))).rejects.toMatchObject({
      status: { code: 500, message: 'unsupported role reference kind: "Thing"' },
    });
  });
});
