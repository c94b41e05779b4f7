import { type Role, rbacApiVersion } from '@apiserver-kit/authz';
import { describe, expect, it } from 'vitest';
import { clusterRoleAggregation } from './cluster-role-aggregation.js';
import { put, rbacStores } from './fixtures.js';

const rule = (verb: string) => ({ verbs: [verb], apiGroups: [''], resources: ['pods'] });
const part = (name: string, to: string, verb: string): Role => ({
  apiVersion: rbacApiVersion,
  kind: 'ClusterRole',
  metadata: { name, labels: { to } },
  rules: [rule(verb)],
});
const whole = (name: string, from: string, labels?: Record<string, string>): Role => ({
  apiVersion: rbacApiVersion,
  kind: 'ClusterRole',
  metadata: { name, labels },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: from } }] },
  rules: null,
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function running() {
  const { ClusterRole: store } = rbacStores();
  const rulesOf = async (name: string) => ((await store.get('', name))!.object() as Role).rules;
  return { store, rulesOf };
}

describe('ClusterRole aggregation', () => {
  it('gathers the rules of what is selected, and of what comes to be selected', async () => {
    const { store, rulesOf } = await running();
    await put(store, whole('all', 'all'));
    await put(store, part('a', 'all', 'get'));
    const aggregation = clusterRoleAggregation(store);
    await turn();
    expect(await rulesOf('all')).toEqual([rule('get')]);
    await put(store, part('b', 'all', 'list'));
    await turn();
    expect(await rulesOf('all')).toEqual([rule('get'), rule('list')]);
    await aggregation.close();
  });

  it('goes on from role to role', async () => {
    const { store, rulesOf } = await running();
    await put(store, part('a', 'view', 'get'));
    await put(store, whole('view', 'view', { to: 'edit' }));
    await put(store, whole('edit', 'edit'));
    const aggregation = clusterRoleAggregation(store);
    await turn();
    await turn();
    expect(await rulesOf('edit')).toEqual([rule('get')]);
    await aggregation.close();
  });

  it('takes away the rules of what is deleted', async () => {
    const { store, rulesOf } = await running();
    await put(store, whole('all', 'all'));
    await put(store, part('a', 'all', 'get'));
    const aggregation = clusterRoleAggregation(store);
    await turn();
    await store.delete((await store.get('', 'a'))!);
    await turn();
    expect(await rulesOf('all')).toEqual([]);
    await aggregation.close();
  });
});
