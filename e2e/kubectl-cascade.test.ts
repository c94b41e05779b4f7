import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl, until } from './environment.js';
import { deployment, pod } from './manifests.js';

interface Meta {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly ownerReferences?: unknown };
}

const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: Meta) => ({ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true });

describe.skipIf(!hasKubectl)('kubectl delete --cascade', () => {
  const c = cluster();

  /** What controllers would make of a deployment: a ReplicaSet with two pods. */
  async function workload(name: string): Promise<void> {
    await c.kubectl(['create', '-f', c.file(`${name}.json`, deployment(name, 2))]);
    const owner = await c.get<Meta & { spec: object }>('deployment', name);
    const { selector, template } = owner.spec as { selector: object; template: object };
    const replicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: `${name}-rs`, ownerReferences: [ownedBy(owner)] },
      spec: { replicas: 2, selector, template },
    };
    await c.kubectl(['create', '-f', c.file(`${name}-rs.json`, replicaSet)]);
    const set = await c.get<Meta>('rs', `${name}-rs`);
    for (const one of ['a', 'b']) {
      const member = pod(`${name}-${one}`, { app: name });
      await c.kubectl(['create', '-f', c.file('pod.json', { ...member, metadata: { ...member.metadata, ownerReferences: [ownedBy(set)] } })]);
    }
  }
  const left = async (name: string): Promise<string[]> => {
    const names = (await c.kubectl('get deploy,rs,pods -o name')).trim().split('\n');
    return names.filter((one) => one.includes(`/${name}`));
  };

  it('=background deletes the deployment at once, and then what it owned', async () => {
    await workload('back');
    expect(await c.kubectl('delete deploy back --cascade=background')).toMatch(/^deployment.apps "back" deleted/);
    await until(async () => (await left('back')).length === 0);
  });

  it('=foreground returns when all that it owned has gone', async () => {
    await workload('fore');
    await c.kubectl('delete deploy fore --cascade=foreground');
    expect(await left('fore')).toEqual([]);
  });

  it('=orphan leaves the ReplicaSet without an owner, and its pods with theirs', async () => {
    await workload('orphan');
    await c.kubectl('delete deploy orphan --cascade=orphan');
    expect(await left('orphan')).toEqual(['replicaset.apps/orphan-rs', 'pod/orphan-a', 'pod/orphan-b']);
    const set = await c.get<Meta>('rs', 'orphan-rs');
    expect(set.metadata.ownerReferences).toBeUndefined();
    expect((await c.get<Meta>('pod', 'orphan-a')).metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', name: 'orphan-rs' }]);
    // What lost its owner goes by itself.
    await c.kubectl('delete rs orphan-rs');
    await until(async () => (await left('orphan')).length === 0);
  });

  it('deletes what a custom resource owns', async () => {
    await c.kubectl(['create', '-f', c.file('crd.json', widgets)]);
    await c.kubectl('wait --for=condition=Established crd/widgets.example.com --timeout=10s');
    await c.kubectl(['create', '-f', c.file('widget.json', { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } })]);
    const member = pod('of-widget', { app: 'w' });
    const ownerReferences = [ownedBy(await c.get<Meta>('widget', 'w'))];
    await c.kubectl(['create', '-f', c.file('pod.json', { ...member, metadata: { ...member.metadata, ownerReferences } })]);
    await c.kubectl('delete widget w --cascade=foreground');
    expect(await left('of-widget')).toEqual([]);
  });

  it('finishes what it was asked before the server was restarted', async () => {
    await workload('again');
    await c.kubectl('delete deploy again --cascade=foreground --wait=false');
    await c.restart('SIGKILL');
    await until(async () => (await left('again')).length === 0);
  });
});

const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
