import { fakeClock, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import { bodyBytes, createContext, isWatchStream, type ApiRequest, named, pageNotFound, pipeline, recover, requestInfo } from '@apiserver-kit/pipeline';
import { ApiRegistry, loaded, resourceHandler, type ResourceStore, type StoredResource, type Strategy, type UpdateStrategy } from '@apiserver-kit/rest';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../api-client.js';
import { put, storeOf } from '../fixtures.js';
import type { NamespaceCondition } from './conditions.js';
import { namespaceDeletion } from './index.js';

const anything: Strategy = {
  allowsCreateOnUpdate: false,
  allowsUnconditionalUpdate: true,
  returnsDeletedObject: false,
  prepareForCreate: () => {},
  validateCreate: () => [],
  prepareForUpdate: () => {},
  validateUpdate: () => [],
};
const specOf = (object: KubeObject) => (object.spec ?? {}) as { finalizers?: string[]; terminationGracePeriodSeconds?: number };
const keeping = (field: string): UpdateStrategy => ({
  allowsUnconditionalUpdate: true,
  prepareForUpdate: (object, old) => {
    object[field] = old[field];
  },
  validateUpdate: () => [],
});

function resource(store: ResourceStore, version: string, kind: string, choices: Partial<StoredResource> = {}): StoredResource {
  const { group, resource: plural } = store.resource;
  return {
    group,
    version,
    resource: plural,
    kind,
    listKind: `${kind}List`,
    singularName: kind.toLowerCase(),
    namespaced: store.namespaced,
    shortNames: [],
    categories: [],
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'update', 'watch'],
    family: 'builtin',
    store,
    codec: { id: version, decode: (value) => value, object: (entry) => entry.object(), bytes: (entry) => entry.bytes, toStored: (object) => object },
    strategy: anything,
    subresources: {},
    table: { columns: [], cells: () => [] },
    fieldLabel: (label) => label,
    ...choices,
  };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Lets all that is under way come to its end: nothing here waits for anything but promises. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
};

function running(choices: Partial<StoredResource> = {}) {
  const clock = fakeClock();
  const storage = memoryStorage({ clock });
  const namespaces = storeOf(storage, { group: '', resource: 'namespaces' }, false);
  const widgets = storeOf(storage, { group: 'example.com', resource: 'widgets' }, true);
  const pods = storeOf(storage, { group: '', resource: 'pods' }, true);
  const registry = new ApiRegistry();
  registry.add(
    loaded(
      resource(namespaces, 'v1', 'Namespace', {
        strategy: { ...anything, mayVanish: (object) => (specOf(object).finalizers ?? []).length === 0 },
        subresources: {
          status: { verbs: ['update'], strategy: keeping('spec') },
          finalize: { verbs: ['update'], strategy: keeping('status') },
        },
      }),
    ),
    loaded(resource(widgets, 'v1', 'Widget', choices)),
    loaded(resource(pods, 'v1', 'Pod', { strategy: { ...anything, gracePeriodSeconds: (pod) => specOf(pod).terminationGracePeriodSeconds ?? 0 } })),
  );
  const requests: string[] = [];
  const handler = pipeline(
    [
      named(
        'recover',
        recover(() => {}),
      ),
      named('requestInfo', requestInfo()),
      named('rest', resourceHandler({ registry, clock })),
    ],
    () => pageNotFound(),
  );
  const client: ApiClient = {
    async request({ method = 'GET', path, body }) {
      requests.push(`${method} ${path}`);
      const request: ApiRequest = {
        method,
        path,
        rawQuery: '',
        headers: { 'content-type': 'application/json' },
        isSecure: true,
        protocol: 'HTTP/1.1',
        remoteAddress: '',
        peerCertificate: () => undefined,
        body: () => Promise.resolve(Buffer.from(body === undefined ? '' : JSON.stringify(body))),
      };
      const response = await handler(createContext(request));
      if (isWatchStream(response.body)) throw new Error('nobody asked for a watch');
      const bytes = Buffer.from(bodyBytes(response.body));
      return { status: response.status, text: () => bytes.toString() };
    },
  };
  const controller = namespaceDeletion({ namespaces: namespaces.cacher, registry, client, clock });
  closing.push(async () => {
    await controller.close();
    await storage.close();
  });
  const namespace = async (): Promise<KubeObject | undefined> => (await namespaces.get('', 'going'))?.object();
  return {
    clock,
    storage,
    widgets,
    pods,
    requests,
    namespace,
    /** The reasons of the conditions that are true. */
    problems: async () =>
      (((await namespace())!.status as { conditions: NamespaceCondition[] }).conditions ?? [])
        .filter(({ status }) => status === 'True')
        .map(({ message }) => message),
    async remove(finalizers: string[] = ['kubernetes']): Promise<void> {
      const metadata = { name: 'going', uid: 'u', deletionTimestamp: timestamp(clock.now()) };
      await put(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata, spec: { finalizers }, status: { phase: 'Terminating' } });
      await settled();
    },
  };
}

const widget = (name: string, namespace: string, finalizers?: string[]): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace, uid: name, ...(finalizers && { finalizers }) },
});
const pod = (seconds: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'going', uid: 'p' },
  spec: { terminationGracePeriodSeconds: seconds },
});

describe('a namespace that is being deleted', () => {
  it('loses its content, and then goes; others keep theirs', async () => {
    const { widgets, remove, namespace } = running();
    await put(widgets, widget('a', 'going'));
    await put(widgets, widget('a', 'staying'));
    await remove();
    expect(await namespace()).toBeUndefined();
    expect(await widgets.get('going', 'a')).toBeUndefined();
    expect(await widgets.get('staying', 'a')).toBeDefined();
  });

  it('costs no request for resources of which it has nothing', async () => {
    const { requests, remove } = running();
    await remove();
    expect(requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
  });

  it('waits for the finalizers of its content, and goes when the last object does', async () => {
    const { widgets, remove, namespace, problems } = running();
    await put(widgets, widget('a', 'going', ['example.com/wait']));
    await remove();
    expect(await problems()).toEqual([
      'Some resources are remaining: widgets.example.com has 1 resource instances',
      'Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances',
    ]);
    await widgets.delete((await widgets.get('going', 'a'))!);
    await settled();
    expect(await namespace()).toBeUndefined();
  });

  it('looks again after half of the time that it expects, should nobody tell', async () => {
    const { widgets, requests, clock, remove } = running();
    await put(widgets, widget('a', 'going', ['example.com/wait']));
    await remove();
    requests.length = 0;
    clock.advance(7_999);
    await settled();
    expect(requests).toEqual([]);
    clock.advance(1);
    await settled();
    expect(requests).toContain('DELETE /apis/example.com/v1/namespaces/going/widgets');
  });

  it('keeps everything else while pods end', async () => {
    const { widgets, pods, clock, remove, namespace } = running();
    await put(pods, pod(30));
    await put(widgets, widget('a', 'going'));
    await remove();
    expect(await widgets.get('going', 'a')).toBeDefined();
    await pods.delete((await pods.get('going', 'p'))!);
    await settled();
    clock.advance(1000);
    await settled();
    expect(await namespace()).toBeUndefined();
  });

  it('stays when it has finalizers of others', async () => {
    const { remove, namespace } = running();
    await remove(['kubernetes', 'example.com/more']);
    expect((await namespace())!.spec).toEqual({ finalizers: ['example.com/more'] });
  });

  it('says what could not be deleted, and tries again', async () => {
    let isBroken = true;
    const { widgets, clock, remove, problems, namespace } = running({
      strategy: {
        ...anything,
        beginDeletion: () => {
          if (isBroken) throw new Error('broken');
          return undefined;
        },
      },
    });
    await put(widgets, widget('a', 'going'));
    await remove();
    expect((await problems()).join()).toContain('Failed to delete all resource types, 1 remaining: ');
    isBroken = false;
    clock.advance(60_000);
    await settled();
    clock.advance(60_000);
    await settled();
    expect(await namespace()).toBeUndefined();
  });

  it('deletes objects one by one where their collection cannot be deleted', async () => {
    const { widgets, requests, remove, namespace } = running({ verbs: ['create', 'delete', 'get', 'list', 'watch'] });
    await put(widgets, widget('a', 'going'));
    await remove();
    expect(requests).toContain('DELETE /apis/example.com/v1/namespaces/going/widgets/a');
    expect(await namespace()).toBeUndefined();
  });
});
