import { autoupdateAnnotation, type BootstrapPolicy, bootstrapPolicy, type Role, type RoleBinding, rbacApiVersion, rbacGroup } from '@apiserver-kit/authz';
import { fakeClock } from '@apiserver-kit/machinery';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { describe, expect, it } from 'vitest';
import { objects, put, rbacStores, uids } from './fixtures.js';
import { rbacBootstrap } from './rbac-bootstrap.js';

const rule = (verb: string) => ({ verbs: [verb], apiGroups: [''], resources: ['pods'] });
const meta = (name: string, autoupdate = 'true') => ({ name, annotations: { [autoupdateAnnotation]: autoupdate } });
const role = (name: string, ...verbs: string[]): Role => ({ apiVersion: rbacApiVersion, kind: 'ClusterRole', metadata: meta(name), rules: verbs.map(rule) });
const binding = (name: string, to: string): RoleBinding => ({
  apiVersion: rbacApiVersion,
  kind: 'ClusterRoleBinding',
  metadata: meta(name),
  subjects: [{ kind: 'Group', apiGroup: rbacGroup, name: 'ops' }],
  roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: to },
});
const policy: BootstrapPolicy = { clusterRoles: [role('reader', 'get', 'list')], clusterRoleBindings: [binding('ops', 'reader')], roles: [], roleBindings: [] };

async function run(stores = rbacStores()) {
  const bootstrap = rbacBootstrap(stores, { uid: uids(), policy, clock: fakeClock(0) });
  await bootstrap.ready;
  await bootstrap.close();
  expect(bootstrap.isDone).toBe(true);
  return stores;
}

describe('the RBAC bootstrap', () => {
  it('makes what is missing, with a uid and the time', async () => {
    const stores = await run();
    expect(await objects(stores.ClusterRole)).toMatchObject([{ metadata: { name: 'reader', uid: 'uid-1', creationTimestamp: '1970-01-01T00:00:00Z' } }]);
    expect(await objects(stores.ClusterRoleBinding)).toMatchObject([{ metadata: { name: 'ops' }, roleRef: { name: 'reader' } }]);
  });

  it('writes nothing where all is there', async () => {
    const storage = memoryStorage();
    await run(rbacStores(storage));
    const before = storage.revision();
    await run(rbacStores(storage));
    expect(storage.revision()).toBe(before);
  });

  it('adds the rules that a role lacks, and keeps those that somebody added', async () => {
    const stores = rbacStores();
    await put(stores.ClusterRole, role('reader', 'get', 'delete'));
    await run(stores);
    const [reader] = await objects<Role>(stores.ClusterRole);
    expect(reader!.rules).toEqual([rule('get'), rule('delete'), rule('list')]);
  });

  it('leaves alone what is annotated so', async () => {
    const stores = rbacStores();
    const kept = { ...role('reader', 'get'), metadata: meta('reader', 'false') };
    await put(stores.ClusterRole, kept);
    await run(stores);
    expect((await objects<Role>(stores.ClusterRole))[0]!.rules).toEqual(kept.rules);
  });

  it('makes a binding anew that binds another role', async () => {
    const stores = rbacStores();
    await put(stores.ClusterRoleBinding, binding('ops', 'writer'));
    await run(stores);
    expect((await objects<RoleBinding>(stores.ClusterRoleBinding))[0]!.roleRef.name).toBe('reader');
  });

  it('brings the whole policy of the reference to an empty store', async () => {
    const stores = rbacStores();
    const bootstrap = rbacBootstrap(stores, { uid: uids() });
    await bootstrap.ready;
    const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
    expect((await objects(stores.ClusterRole)).length).toBe(clusterRoles.length);
    expect((await objects(stores.ClusterRoleBinding)).length).toBe(clusterRoleBindings.length);
    expect((await objects(stores.Role)).length).toBe(roles.length);
    expect((await objects(stores.RoleBinding)).length).toBe(roleBindings.length);
    await bootstrap.close();
  });
});
