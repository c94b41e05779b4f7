import { ApiextensionsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig, makeInformer, Watch, type V1ConfigMap } from '@kubernetes/client-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { cluster, until, within } from './environment.js';
import { widget, widgets } from './manifests.js';

describe('@kubernetes/client-node', () => {
  const c = cluster();
  const config = new KubeConfig();
  const namespace = 'default';
  let core: CoreV1Api;
  beforeAll(() => {
    config.loadFromFile(c.server.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  const configMap = (name: string, data: Record<string, string> = {}): V1ConfigMap => ({ metadata: { name }, data });

  it('creates, reads, replaces, patches and deletes', async () => {
    const created = await core.createNamespacedConfigMap({ namespace, body: configMap('crud', { a: '1' }) });
    expect(created.metadata).toMatchObject({ name: 'crud', namespace, uid: expect.any(String), creationTimestamp: expect.any(Date) });
    const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: { ...created, data: { a: '2' } } });
    expect(replaced.data).toEqual({ a: '2' });
    await expect(core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: { ...created, data: { a: '3' } } })).rejects.toMatchObject({ code: 409 });
    const patched = await core.patchNamespacedConfigMap({ namespace, name: 'crud', body: [{ op: 'add', path: '/data/b', value: 'x' }] });
    expect(patched.data).toEqual({ a: '2', b: 'x' });
    expect((await core.readNamespacedConfigMap({ namespace, name: 'crud' })).data).toEqual({ a: '2', b: 'x' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'crud' });
    await expect(core.readNamespacedConfigMap({ namespace, name: 'crud' })).rejects.toMatchObject({ code: 404 });
  });

  it('lists in pages that together are the whole', async () => {
    for (let at = 0; at < 7; at++)
      await core.createNamespacedConfigMap({ namespace, body: { ...configMap(`list-${at}`), metadata: { name: `list-${at}`, labels: { list: 'yes' } } } });
    const names: (string | undefined)[] = [];
    let _continue: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({ namespace, labelSelector: 'list=yes', limit: 3, _continue });
      names.push(...page.items.map((item) => item.metadata?.name));
      _continue = page.metadata?._continue;
    } while (_continue);
    expect(names).toEqual(Array.from({ length: 7 }, (_, at) => `list-${at}`));
  });

  it('watches', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const seen: string[] = [];
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const watching = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion: metadata?.resourceVersion },
      (phase, object: V1ConfigMap) => {
        seen.push(`${phase} ${object.metadata?.name}`);
        if (phase === 'DELETED') finish();
      },
      () => {},
    );
    const created = await core.createNamespacedConfigMap({ namespace, body: configMap('watched') });
    await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: { ...created, data: { a: 'b' } } });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await within(10_000, 'the DELETED event', finished, () => seen.join());
    watching.abort();
    expect(seen).toEqual(['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  });

  it('keeps a cache with an informer', async () => {
    await core.createNamespacedConfigMap({ namespace, body: configMap('informed-0') });
    const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
    const told = (verb: 'add' | 'update' | 'delete', name: string) =>
      new Promise<V1ConfigMap>((resolve) => {
        informer.on(verb, (object) => {
          if (object.metadata?.name === name) resolve(object);
        });
      });
    const first = told('add', 'informed-0');
    const added = told('add', 'informed-1');
    const updated = told('update', 'informed-1');
    const deleted = told('delete', 'informed-1');
    await informer.start();
    try {
      await within(10_000, 'the object that was there', first);
      const created = await core.createNamespacedConfigMap({ namespace, body: configMap('informed-1') });
      await within(10_000, 'the object that was added', added);
      await core.replaceNamespacedConfigMap({ namespace, name: 'informed-1', body: { ...created, data: { a: 'b' } } });
      expect((await within(10_000, 'the object that was changed', updated)).data).toEqual({ a: 'b' });
      expect(informer.get('informed-1', namespace)?.data).toEqual({ a: 'b' });
      await core.deleteNamespacedConfigMap({ namespace, name: 'informed-1' });
      await within(10_000, 'the object that was deleted', deleted);
      expect(informer.get('informed-1', namespace)).toBeUndefined();
    } finally {
      await informer.stop();
    }
  });

  it('uses custom resources', async () => {
    const definitions = config.makeApiClient(ApiextensionsV1Api);
    await definitions.createCustomResourceDefinition({ body: widgets });
    const isEstablished = async (): Promise<boolean> => {
      const { status } = await definitions.readCustomResourceDefinition({ name: widgets.metadata.name });
      return status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false;
    };
    await within(10_000, 'the establishment', until(isEstablished));
    const custom = config.makeApiClient(CustomObjectsApi);
    const of = { group: 'example.com', version: 'v1', namespace, plural: 'widgets' };
    await custom.createNamespacedCustomObject({ ...of, body: widget('one', 1) });
    expect(await custom.getNamespacedCustomObject({ ...of, name: 'one' })).toMatchObject({ kind: 'Widget', spec: { size: 1 } });
    expect(await custom.listNamespacedCustomObject(of)).toMatchObject({ kind: 'WidgetList', items: [{ metadata: { name: 'one' } }] });
  });
});
