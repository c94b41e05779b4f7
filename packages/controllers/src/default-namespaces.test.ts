import { fakeClock } from '@apiserver-kit/machinery';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { describe, expect, it } from 'vitest';
import { defaultNamespaces } from './default-namespaces.js';
import { objects, storeOf, uids } from './fixtures.js';

const namespaces = (storage = memoryStorage()) => storeOf(storage, { group: '', resource: 'namespaces' }, false);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the default namespaces', () => {
  it('are there when it is ready, as the API would have made them', async () => {
    const store = namespaces();
    const controller = defaultNamespaces(store, { uid: uids(), clock: fakeClock(0) });
    await controller.ready;
    const found = await objects(store);
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    expect(found[0]).toMatchObject({
      metadata: { uid: 'uid-1', creationTimestamp: '1970-01-01T00:00:00Z', labels: { 'kubernetes.io/metadata.name': 'default' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    await controller.close();
  });

  it('are not written again at the next start', async () => {
    const storage = memoryStorage();
    for (const _ of [1, 2]) {
      const controller = defaultNamespaces(namespaces(storage), { uid: uids() });
      await controller.ready;
      await controller.close();
    }
    expect(storage.revision()).toBe(5);
  });

  it('come back when one is deleted', async () => {
    const store = namespaces();
    const controller = defaultNamespaces(store, { uid: uids() });
    await controller.ready;
    await store.delete((await store.get('', 'kube-node-lease'))!);
    await turn();
    expect((await store.get('', 'kube-node-lease'))!.object().metadata.uid).toBe('uid-5');
    await controller.close();
  });
});
