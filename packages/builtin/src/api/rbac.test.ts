import { rbac, rbacStore } from '@apiserver-kit/authz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApi, testApi } from './fixtures.js';

const group = 'rbac.authorization.k8s.io';
const readsPods = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
const role = (name: string, rules: unknown) => ({ apiVersion: `${group}/v1`, kind: 'Role', metadata: { name, namespace: 'default' }, rules });
const binding = (name: string, roleName: string, user: string) => ({
  apiVersion: `${group}/v1`,
  kind: 'RoleBinding',
  metadata: { name, namespace: 'default' },
  roleRef: { apiGroup: group, kind: 'Role', name: roleName },
  subjects: [{ apiGroup: group, kind: 'User', name: user }],
});
const jane = { name: 'jane', groups: [] };

let api: TestApi;
beforeEach(() => {
  const resolver = rbac(
    rbacStore([role('reader', readsPods), role('owner', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]), binding('jane', 'reader', 'jane')]),
  );
  api = testApi({ escalation: { authorizer: resolver, resolver } });
});
afterEach(() => api[Symbol.asyncDispose]());

const roles = `/apis/${group}/v1/namespaces/default/roles`;
const bindings = `/apis/${group}/v1/namespaces/default/rolebindings`;

describe('a role', () => {
  it('is written by who has what it grants', async () => {
    expect((await api.ask('POST', roles, role('mine', readsPods), {}, jane)).status).toBe(201);
  });
  it('is not written by who lacks it', async () => {
    const { status, body } = await api.ask('POST', roles, role('more', [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }]), {}, jane);
    expect(status).toBe(403);
    expect(body.message).toContain(
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=[]) is attempting to grant RBAC permissions not currently held:',
    );
  });
  it('is deleted by who could not have written it', async () => {
    await api.ask('POST', roles, role('more', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]), {}, { name: 'root', groups: ['system:masters'] });
    expect((await api.ask('DELETE', `${roles}/more`, undefined, {}, jane)).status).toBe(200);
  });
});

describe('a binding', () => {
  it('is written by who has what its role grants, and by nobody else', async () => {
    expect((await api.ask('POST', bindings, binding('a', 'reader', 'joe'), {}, jane)).status).toBe(201);
    expect((await api.ask('POST', bindings, binding('b', 'owner', 'jane'), {}, jane)).status).toBe(403);
  });
  it('of a request without a user is refused', async () => {
    expect((await api.ask('POST', bindings, binding('b', 'reader', 'jane'))).status).toBe(403);
  });
  it('keeps its role', async () => {
    await api.ask('POST', bindings, binding('a', 'reader', 'joe'), {}, jane);
    const { body } = await api.ask(
      'PUT',
      `${bindings}/a`,
      { ...binding('a', 'reader', 'joe'), roleRef: { apiGroup: group, kind: 'Role', name: 'x' } },
      {},
      jane,
    );
    expect(body.reason).toBe('Invalid');
    expect(body.details.causes.at(-1).field).toBe('roleRef');
  });
});
