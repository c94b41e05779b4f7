import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl } from './environment.js';
import { pod } from './manifests.js';

describe.skipIf(!hasKubectl)('kubectl and RBAC, for a user with a token', () => {
  const c = cluster((it) => ({ args: [`--token-auth-file=${it.file('tokens.csv', 'jane-token,jane,u-17,"dev,ops"\nroot-token,root,u-1,system:masters\n')}`] }));
  const jane = () => ({ kubeconfig: c.kubeconfigFor('jane', { token: 'jane-token' }) });

  it('auth whoami shows user, uid and groups as the token file has them', async () => {
    const review = JSON.parse(await c.kubectl('auth whoami -o json', jane())) as { status: { userInfo: unknown } };
    expect(review.status.userInfo).toMatchObject({ username: 'jane', uid: 'u-17', groups: ['dev', 'ops', 'system:authenticated'] });
  });

  it('a member of system:masters may do everything', async () => {
    expect(await c.kubectl(['auth', 'can-i', '*', '*'], { kubeconfig: c.kubeconfigFor('root', { token: 'root-token' }) })).toBe('yes\n');
  });

  it('an unknown token is refused', async () => {
    const { code, stderr } = await c.run(['get', 'pods'], { kubeconfig: c.kubeconfigFor('nobody', { token: 'wrong' }) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Unauthorized|must be logged in/);
  });

  it('a user without a role may read discovery and nothing else', async () => {
    expect(await c.kubectl('get --raw /api', jane())).toContain('APIVersions');
    const { code, stdout } = await c.run(['auth', 'can-i', 'list', 'pods'], jane());
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'no\n' });
    expect((await c.run(['get', 'pods'], jane())).stderr).toContain(
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  });

  it('a role and its binding give what they say, and no more', async () => {
    expect(await c.kubectl('create role reader --verb=get,list,watch --resource=pods')).toBe('role.rbac.authorization.k8s.io/reader created\n');
    expect(await c.kubectl('create rolebinding jane-reads --role=reader --user=jane')).toBe('rolebinding.rbac.authorization.k8s.io/jane-reads created\n');
    await c.kubectl(['create', '-f', '-'], { input: pod('visible') });
    expect(await c.kubectl('get pods -o name', jane())).toBe('pod/visible\n');
    expect(await c.kubectl('auth can-i get pods/visible', jane())).toBe('yes\n');
    const denied = await c.run(['delete', 'pod', 'visible'], jane());
    expect(denied.stderr).toContain('pods "visible" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "default"');
    expect((await c.run(['get', 'pods', '-n', 'kube-system'], jane())).code).toBe(1);
  });

  it('a binding to a group and to a cluster role works in one namespace', async () => {
    await c.kubectl('create rolebinding ops-edit --clusterrole=edit --group=ops');
    expect(await c.kubectl('auth can-i create deployments.apps', jane())).toBe('yes\n');
    expect((await c.run(['auth', 'can-i', 'create', 'deployments.apps', '-n', 'kube-system'], jane())).stdout).toBe('no\n');
  });

  it('auth can-i --list shows the rules', async () => {
    expect(await c.kubectl('auth can-i --list', jane())).toMatch(/^pods +\[\] +\[\] +\[.*get.*\]/m);
  });

  it('nobody grants what they do not have', async () => {
    await c.kubectl('create role grantor --verb=create --resource=roles,rolebindings');
    await c.kubectl('create rolebinding jane-grants --role=grantor --user=jane');
    const { code, stderr } = await c.run(['create', 'role', 'taker', '--verb=get', '--resource=nodes'], jane());
    expect(code).toBe(1);
    expect(stderr).toContain(
      'roles.rbac.authorization.k8s.io "taker" is forbidden: user "jane" (groups=["dev" "ops" "system:authenticated"]) is attempting to grant RBAC permissions not currently held',
    );
    expect((await c.run(['create', 'rolebinding', 'taken', '--clusterrole=cluster-admin', '--user=jane'], jane())).stderr).toContain(
      'is attempting to grant RBAC permissions not currently held',
    );
    expect(await c.kubectl('create role giver --verb=get --resource=pods', jane())).toContain('created');
  });

  it('the bootstrap roles are there', async () => {
    expect((await c.kubectl('get clusterroles -o name')).split('\n')).toEqual(
      expect.arrayContaining(
        ['admin', 'cluster-admin', 'edit', 'view', 'system:discovery', 'system:basic-user'].map((name) => `clusterrole.rbac.authorization.k8s.io/${name}`),
      ),
    );
  });
});
