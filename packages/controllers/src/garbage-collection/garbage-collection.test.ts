import type { KubeObject, OwnerReference } from '@apiserver-kit/machinery';
import { loaded } from '@apiserver-kit/rest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, cluster, ownedBy } from './fixtures.js';
import type { GarbageCollector } from './index.js';

let api: Cluster;
beforeEach(() => {
  api = cluster();
});
afterEach(() => api[Symbol.asyncDispose]());

const configMaps = '/api/v1/namespaces/default/configmaps';
const nodes = '/api/v1/nodes';

const make = (name: string, ownerReferences: OwnerReference[] = [], metadata: object = {}): Promise<KubeObject> =>
  api.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences, ...metadata } });
const makeNode = (name: string, ownerReferences: OwnerReference[] = []): Promise<KubeObject> =>
  api.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, ownerReferences } });
const remove = (name: string, propagationPolicy: string): Promise<KubeObject> =>
  api.request('DELETE', `${configMaps}/${name}`, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy });
const names = async (): Promise<string[]> => {
  const { items } = (await api.request('GET', configMaps)) as unknown as { items: KubeObject[] };
  return items.map(({ metadata }) => metadata.name!);
};
const ownersOf = async (name: string): Promise<string[] | undefined> =>
  (await api.find(`${configMaps}/${name}`))?.metadata.ownerReferences?.map((owner) => owner.name);
const settled = async (collector: GarbageCollector): Promise<void> => {
  await collector.settled();
  expect(api.failures).toEqual([]);
};

describe('what has lost its owner', () => {
  it('is deleted, and what that owned, too', async () => {
    const collector = api.collect();
    const top = await make('top');
    const middle = await make('middle', [ownedBy(top)]);
    await make('bottom', [ownedBy(middle)]);
    await make('free');
    await remove('top', 'Background');
    await settled(collector);
    expect(await names()).toEqual(['free']);
  });
  it('is deleted, though the owner went before anybody looked', async () => {
    const top = await make('top');
    await make('bottom', [ownedBy(top)]);
    await remove('top', 'Background');
    await settled(api.collect());
    expect(await names()).toEqual([]);
  });
  it('is deleted when it comes after its owner has gone', async () => {
    const collector = api.collect();
    const top = await make('top');
    await remove('top', 'Background');
    await settled(collector);
    await make('late', [ownedBy(top)]);
    await settled(collector);
    expect(await names()).toEqual([]);
  });
  it('is deleted, though another object has the name of its owner', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('bottom', [ownedBy(top)]);
    await settled(collector);
    await remove('top', 'Background');
    await make('top');
    await settled(collector);
    expect(await names()).toEqual(['top']);
  });
  it('stays while it has another, and forgets the one that has gone', async () => {
    const collector = api.collect();
    const [a, b] = [await make('a'), await make('b')];
    await make('both', [ownedBy(a), ownedBy(b)]);
    await remove('a', 'Background');
    await settled(collector);
    expect(await ownersOf('both')).toEqual(['b']);
    await remove('b', 'Background');
    await settled(collector);
    expect(await names()).toEqual([]);
  });
  it('stays when it is not known what its owner is, until it is', async () => {
    const collector = api.collect();
    await make('odd', [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'nobody' }]);
    await settled(collector);
    expect(await names()).toEqual(['odd']);
    const pods = await api.registry.find('', 'v1', 'pods');
    api.registry.add(loaded({ ...pods!, group: 'example.com', kind: 'Widget', resource: 'widgets' }));
    await settled(collector);
    expect(await names()).toEqual([]);
  });
});

describe('a reference', () => {
  it('to a name that is not that of its owner is to nobody', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('wrong', [ownedBy(top, { name: 'other' })]);
    await make('right', [ownedBy(top)]);
    await settled(collector);
    expect(await names()).toEqual(['right', 'top']);
  });
  it('to an object in another namespace is to nobody', async () => {
    const collector = api.collect();
    const top = await make('top');
    await api.create('/api/v1/namespaces/other/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'far', ownerReferences: [ownedBy(top)] },
    });
    await settled(collector);
    expect(await api.find('/api/v1/namespaces/other/configmaps/far')).toBeUndefined();
  });
  it('to an object in another namespace is told of', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('near', [ownedBy(top)]);
    await settled(collector);
    await api.create('/api/v1/namespaces/other/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'far', ownerReferences: [ownedBy(top)] },
    });
    await settled(collector);
    const { items } = (await api.request('GET', '/api/v1/namespaces/other/events')) as unknown as { items: KubeObject[] };
    expect(items).toMatchObject([
      {
        reason: 'OwnerRefInvalidNamespace',
        message: `ownerRef [v1/ConfigMap, namespace: other, name: top, uid: ${top.metadata.uid}] does not exist in namespace "other"`,
      },
    ]);
  });
  it('may be to an object without a namespace', async () => {
    const collector = api.collect();
    const node = await makeNode('n');
    await make('on-node', [ownedBy(node)]);
    await settled(collector);
    expect(await names()).toEqual(['on-node']);
    await api.request('DELETE', `${nodes}/n`);
    await settled(collector);
    expect(await names()).toEqual([]);
  });
  it('from an object without a namespace to one with is left as it is', async () => {
    const collector = api.collect();
    const top = await make('top');
    await makeNode('n', [ownedBy(top)]);
    await remove('top', 'Background');
    await settled(collector);
    expect(await api.find(`${nodes}/n`)).toBeDefined();
  });
  it('that is taken away keeps an object from going with its owner', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('bottom', [ownedBy(top)]);
    await api.request('PATCH', `${configMaps}/bottom`, { metadata: { ownerReferences: null } });
    await remove('top', 'Background');
    await settled(collector);
    expect(await names()).toEqual(['bottom']);
  });
});

describe('a deletion in the foreground', () => {
  const blocking = (owner: KubeObject): OwnerReference => ownedBy(owner, { blockOwnerDeletion: true });

  it('ends when what it owns has gone', async () => {
    const collector = api.collect();
    const top = await make('top');
    const middle = await make('middle', [blocking(top)]);
    await make('bottom', [blocking(middle)]);
    await settled(collector);
    api.requests.length = 0;
    await remove('top', 'Foreground');
    await settled(collector);
    expect(await names()).toEqual([]);
    const deleted = api.requests.filter((request) => request.startsWith('DELETE')).map((request) => request.slice(`DELETE ${configMaps}/`.length));
    expect(deleted).toEqual(['top', 'middle', 'bottom']);
  });
  it('waits for dependents that block', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('held', [blocking(top)], { finalizers: ['example.com/mine'] });
    await remove('top', 'Foreground');
    await settled(collector);
    expect(await names()).toEqual(['held', 'top']);
    await api.request('PATCH', `${configMaps}/held`, { metadata: { finalizers: null } });
    await settled(collector);
    expect(await names()).toEqual([]);
  });
  it('waits for no others', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('held', [ownedBy(top)], { finalizers: ['example.com/mine'] });
    await remove('top', 'Foreground');
    await settled(collector);
    expect(await names()).toEqual(['held']);
    expect((await api.find(`${configMaps}/held`))?.metadata.deletionTimestamp).toBeDefined();
  });
  it('ends when the last that blocks says that it no longer does', async () => {
    const collector = api.collect();
    const top = await make('top');
    await make('held', [blocking(top)], { finalizers: ['example.com/mine'] });
    await remove('top', 'Foreground');
    await settled(collector);
    await api.request('PATCH', `${configMaps}/held`, { metadata: { ownerReferences: [ownedBy(top)] } });
    await settled(collector);
    expect(await names()).toEqual(['held']);
  });
  it('takes its reference from what has another owner', async () => {
    const collector = api.collect();
    const [top, other] = [await make('top'), await make('other')];
    await make('both', [blocking(top), blocking(other)]);
    await remove('top', 'Foreground');
    await settled(collector);
    expect(await names()).toEqual(['both', 'other']);
    expect(await ownersOf('both')).toEqual(['other']);
  });
  it('of a circle ends, too', async () => {
    const collector = api.collect();
    const a = await make('a');
    const b = await make('b', [blocking(a)]);
    await api.request('PATCH', `${configMaps}/a`, { metadata: { ownerReferences: [blocking(b)] } });
    await settled(collector);
    await remove('a', 'Foreground');
    for (let i = 0; i < 5; i++) await settled(collector);
    expect(await names()).toEqual([]);
  });
  it('that began before anybody looked ends as well', async () => {
    const top = await make('top');
    await make('bottom', [blocking(top)]);
    await remove('top', 'Foreground');
    expect(await names()).toEqual(['bottom', 'top']);
    await settled(api.collect());
    expect(await names()).toEqual([]);
  });
});

describe('a deletion that orphans', () => {
  it('leaves what the object owned, without an owner', async () => {
    const collector = api.collect();
    const top = await make('top');
    const other = await make('other');
    await make('x', [ownedBy(top)]);
    await make('y', [ownedBy(top), ownedBy(other)]);
    await remove('top', 'Orphan');
    await settled(collector);
    expect(await names()).toEqual(['other', 'x', 'y']);
    expect(await ownersOf('x')).toBeUndefined();
    expect(await ownersOf('y')).toEqual(['other']);
  });
  it('that began before anybody looked ends as well', async () => {
    const top = await make('top');
    await make('x', [ownedBy(top)]);
    await remove('top', 'Orphan');
    await settled(api.collect());
    expect(await names()).toEqual(['x']);
  });
});

describe('the collector', () => {
  it('finishes deletions that a crash has cut off', async () => {
    const top = await make('top');
    const half = { deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 };
    await api.put(
      { group: '', version: 'v1', kind: 'ConfigMap' },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'half', namespace: 'default', uid: 'half', ...half } },
    );
    await api.put(
      { group: '', version: 'v1', kind: 'ConfigMap' },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'held', namespace: 'default', uid: 'held', finalizers: ['example.com/mine'], ownerReferences: [ownedBy(top)], ...half },
      },
    );
    await settled(api.collect());
    expect(await names()).toEqual(['held', 'top']);
  });
  it('asks nothing of the API while there is nothing to collect', async () => {
    const top = await make('top');
    await make('bottom', [ownedBy(top)]);
    const collector = api.collect();
    await settled(collector);
    api.requests.length = 0;
    await make('another', [ownedBy(top)]);
    await settled(collector);
    expect(api.requests).toEqual([`POST ${configMaps}`]);
  });
  it('follows resources that come later', async () => {
    const pods = await api.registry.find('', 'v1', 'pods');
    const described = api.registry.describe('', 'v1', 'pods')!.description;
    api.registry.remove(described);
    const collector = api.collect();
    await settled(collector);
    api.registry.add(loaded(pods!));
    const top = await make('top');
    const path = '/api/v1/namespaces/default/pods';
    await api.create(path, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', ownerReferences: [ownedBy(top)] },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    await remove('top', 'Background');
    await settled(collector);
    expect(await api.find(`${path}/p`)).toBeUndefined();
  });
});
