import { fakeClock, invalidValue, isRecord, type KubeObject, parseLabelSelector } from '@apiserver-kit/machinery';
import {
  type ApiResponse,
  type Body,
  bodyBytes,
  createContext,
  isWatchStream,
  pipeline,
  named,
  pageNotFound,
  recover,
  requestInfo,
} from '@apiserver-kit/pipeline';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiRegistry, loaded } from './api-registry.js';
import { resourceHandler } from './resource-handler.js';
import type { StoredResource, Strategy } from './served-resource.js';
import { ResourceStore } from './store/resource-store.js';

/** Whatever a server may answer. */
type Json = ReturnType<typeof JSON.parse>;

const strategy: Strategy = {
  allowsCreateOnUpdate: false,
  allowsUnconditionalUpdate: false,
  returnsDeletedObject: false,
  prepareForCreate: (object) => {
    object.metadata.generation = 1;
    delete object.status;
  },
  validateCreate: (object) => (object.spec === 'bad' ? [invalidValue('spec', 'bad', 'is bad')] : []),
  prepareForUpdate: (object, old) => {
    object.status = old.status;
    if (JSON.stringify(object.spec) !== JSON.stringify(old.spec)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validateUpdate: () => [],
};

function widgets(store: ResourceStore, choices: Partial<StoredResource> = {}): StoredResource {
  return {
    group: 'example.com',
    version: 'v1',
    resource: 'widgets',
    kind: 'Widget',
    listKind: 'WidgetList',
    singularName: 'widget',
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    family: 'custom',
    store,
    codec: { id: 'v1', decode: (value) => value, object: (entry) => entry.object(), bytes: (entry) => entry.bytes, toStored: (object) => object },
    strategy,
    subresources: {
      status: {
        verbs: ['get', 'patch', 'update'],
        strategy: {
          allowsUnconditionalUpdate: false,
          prepareForUpdate: (object, old) => {
            object.spec = old.spec;
            object.metadata = { ...old.metadata, resourceVersion: object.metadata.resourceVersion };
          },
          validateUpdate: () => [],
        },
      },
    },
    table: {
      columns: [{ name: 'Name', type: 'string', format: 'name', description: 'its name', priority: 0 }],
      cells: (object) => [object.metadata.name ?? ''],
    },
    fieldLabel: (label) => label,
    ...choices,
  };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function serve(choices: Partial<StoredResource> = {}) {
  const clock = fakeClock();
  const storage = memoryStorage({ clock });
  const store = new ResourceStore(storage, {
    resource: { group: 'example.com', resource: 'widgets' },
    namespaced: true,
    prefix: '/registry/example.com/widgets',
  });
  const registry = new ApiRegistry();
  registry.add(loaded(widgets(store, choices)));
  let uids = 0;
  const rest = resourceHandler({ registry, clock, uid: () => `uid-${++uids}` });
  const handler = pipeline(
    [
      named(
        'recover',
        recover(() => {}),
      ),
      named('requestInfo', requestInfo()),
      named('resources', rest),
    ],
    () => pageNotFound(),
  );
  closing.push(async () => {
    await store.close();
    await storage.close();
  });

  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiResponse> => {
    const [pathname = '', rawQuery = ''] = path.split('?');
    const bytes = body === undefined ? new Uint8Array(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const ctx = createContext({
      method,
      path: `/apis/example.com/v1${pathname}`,
      rawQuery,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      isSecure: true,
      protocol: 'HTTP/1.1',
      remoteAddress: '',
      peerCertificate: () => undefined,
      body: async () => bytes,
    });
    return handler(ctx);
  };
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: Json }> => {
    const response = await send(method, path, body, headers);
    const text = Buffer.from(bodyBytes(response.body as Exclude<Body, { start: unknown }>)).toString();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  const watch = async (path: string) => {
    const response = await send('GET', path);
    if (!isWatchStream(response.body)) throw new Error(`no stream: ${response.status}`);
    const events: { type: string; object: KubeObject }[] = [];
    const stream = response.body;
    let ended = false;
    stream.start({
      write: (frames) => void events.push(...frames.map((frame) => JSON.parse(Buffer.from(frame).toString()))),
      end: () => {
        ended = true;
      },
      bufferedBytes: 0,
    });
    closing.push(async () => stream.stop());
    return { events, hasEnded: () => ended, seen: () => events.map(({ type, object }) => `${type} ${object.metadata.name}`) };
  };
  return { ask, send, watch, clock, store };
}

const widget = (name: string, extra: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, ...metadata },
  ...extra,
});
const inDefault = '/namespaces/default/widgets';

describe('a created object', () => {
  it('has uid, creation time, generation, namespace and a resourceVersion', async () => {
    const { ask } = serve();
    const { status, body } = await ask('POST', inDefault, widget('a', { spec: { size: 1 }, status: { ready: true } }, { uid: 'mine' }));
    expect(status).toBe(201);
    expect(body).toEqual(
      widget(
        'a',
        { spec: { size: 1 } },
        { namespace: 'default', uid: 'uid-1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1, resourceVersion: '2' },
      ),
    );
    expect((await ask('GET', `${inDefault}/a`)).body).toEqual(body);
  });

  it('is named by the server where it only says how names begin', async () => {
    const { ask } = serve();
    const { body } = await ask('POST', inDefault, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { generateName: 'w-' } });
    expect(body.metadata.name).toMatch(/^w-[a-z0-9]{5}$/);
  });

  it('is refused when it is there already, is invalid, or carries a resourceVersion', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a'));
    expect(await ask('POST', inDefault, widget('a'))).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } });
    expect(await ask('POST', inDefault, widget('b', { spec: 'bad' }))).toMatchObject({
      status: 422,
      body: { message: 'Widget.example.com "b" is invalid: spec: Invalid value: "bad": is bad' },
    });
    expect(await ask('POST', inDefault, widget('c', {}, { resourceVersion: '5' }))).toMatchObject({
      status: 500,
      body: { message: 'resourceVersion should not be set on objects to be created' },
    });
  });

  it('is not stored by a dry run', async () => {
    const { ask } = serve();
    expect((await ask('POST', `${inDefault}?dryRun=All`, widget('a'))).status).toBe(201);
    expect((await ask('GET', `${inDefault}/a`)).status).toBe(404);
  });
});

describe('a body that is no object of the resource', () => {
  const bodies: [string, unknown, number, string][] = [
    ['broken JSON', '{"a"', 400, "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    [
      'another version',
      { ...widget('a'), apiVersion: 'example.com/v2' },
      400,
      'the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)',
    ],
    [
      'metadata of a wrong type',
      { ...widget('a'), metadata: 7 },
      400,
      'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go value of type v1.ObjectMeta',
    ],
    ['another namespace', widget('a', {}, { namespace: 'x' }), 400, 'the namespace of the provided object does not match the namespace sent on the request'],
  ];
  for (const [name, body, status, message] of bodies) {
    it(`is refused: ${name}`, async () => {
      const answer = await serve().ask('POST', inDefault, body);
      expect(answer.status).toBe(status);
      expect(answer.body.message).toContain(message);
    });
  }

  it('is refused with 415 in a media type that is not spoken', async () => {
    const { status, body } = await serve().ask('POST', inDefault, 'x', { 'content-type': 'text/plain' });
    expect(status).toBe(415);
    expect(body.reason).toBe('UnsupportedMediaType');
  });
});

describe('an update', () => {
  it('counts the generation when the spec changes, and writes nothing when nothing does', async () => {
    const { ask } = serve();
    const { body: a } = await ask('POST', inDefault, widget('a', { spec: { size: 1 } }));
    const { body: b } = await ask('PUT', `${inDefault}/a`, { ...a, spec: { size: 2 } });
    expect(b.metadata).toMatchObject({ generation: 2, uid: a.metadata.uid });
    const { body: same } = await ask('PUT', `${inDefault}/a`, b);
    expect(same).toEqual(b);
  });

  it('is refused without, with a stale, or with a nonsensical resourceVersion', async () => {
    const { ask } = serve();
    const { body: a } = await ask('POST', inDefault, widget('a', { spec: 1 }));
    await ask('PUT', `${inDefault}/a`, { ...a, spec: 2 });
    expect(await ask('PUT', `${inDefault}/a`, widget('a'))).toMatchObject({ status: 422, body: { details: { kind: 'widgets' } } });
    expect(await ask('PUT', `${inDefault}/a`, { ...a, spec: 3 })).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect(await ask('PUT', `${inDefault}/a`, widget('a', {}, { resourceVersion: 'abc' }))).toMatchObject({
      status: 500,
      body: { message: 'strconv.ParseUint: parsing "abc": invalid syntax' },
    });
  });

  it('never changes spec through status, nor status through the object', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a', { spec: 1 }));
    const merge = { 'content-type': 'application/merge-patch+json' };
    expect((await ask('PATCH', `${inDefault}/a/status`, { spec: 2, status: { ready: true } }, merge)).body).toMatchObject({ spec: 1, status: { ready: true } });
    expect((await ask('PATCH', `${inDefault}/a`, { spec: 2, status: null }, merge)).body).toMatchObject({ spec: 2, status: { ready: true } });
  });

  it('keeps all of many concurrent patches', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a'));
    const patches = Array.from({ length: 20 }, (_, i) =>
      ask('PATCH', `${inDefault}/a`, { metadata: { labels: { [`k${i}`]: 'v' } } }, { 'content-type': 'application/merge-patch+json' }),
    );
    expect((await Promise.all(patches)).every(({ status }) => status === 200)).toBe(true);
    const { body } = await ask('GET', `${inDefault}/a`);
    expect(Object.keys(body.metadata.labels)).toHaveLength(20);
  });
});

describe('a patch', () => {
  it('may be a JSON patch, and is refused where it does not apply', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a', { spec: { tags: ['x'] } }));
    const type = { 'content-type': 'application/json-patch+json' };
    expect((await ask('PATCH', `${inDefault}/a`, [{ op: 'add', path: '/spec/tags/-', value: 'y' }], type)).body.spec.tags).toEqual(['x', 'y']);
    const refused = await ask('PATCH', `${inDefault}/a`, [{ op: 'test', path: '/spec/tags', value: [] }], type);
    expect(refused).toMatchObject({ status: 422, body: { reason: 'Invalid', message: 'the server rejected our request due to an error in our request' } });
  });
});

describe('a deletion', () => {
  it('says what is gone', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a'));
    expect(await ask('DELETE', `${inDefault}/a`)).toEqual({
      status: 200,
      body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name: 'a', group: 'example.com', kind: 'widgets', uid: 'uid-1' } },
    });
    expect((await ask('GET', `${inDefault}/a`)).status).toBe(404);
  });

  it('waits for finalizers, and ends with the last of them', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a', {}, { finalizers: ['example.com/f'] }));
    const { body } = await ask('DELETE', `${inDefault}/a`);
    expect(body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0, generation: 2 });
    expect((await ask('PATCH', `${inDefault}/a`, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' })).status).toBe(200);
    expect((await ask('GET', `${inDefault}/a`)).status).toBe(404);
  });

  it('holds to its preconditions', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a'));
    const { status, body } = await ask('DELETE', `${inDefault}/a`, { preconditions: { uid: 'x' } });
    expect(status).toBe(409);
    expect(body.message).toBe(
      'Operation cannot be fulfilled on Widget.example.com "a": the UID in the precondition (x) does not match the UID in record (uid-1). The object might have been deleted and then recreated',
    );
  });

  it('of a collection takes what is selected', async () => {
    const { ask } = serve();
    for (const name of ['a', 'b', 'c']) await ask('POST', inDefault, widget(name, {}, { labels: { l: name === 'c' ? 'y' : 'x' } }));
    expect((await ask('DELETE', `${inDefault}?labelSelector=l%3Dx`)).body.items).toHaveLength(2);
    expect((await ask('GET', inDefault)).body.items.map((item: KubeObject) => item.metadata.name)).toEqual(['c']);
    expect(parseLabelSelector('l=x').isEmpty).toBe(false);
  });
});

describe('a list', () => {
  it('comes in pages of one moment', async () => {
    const { ask } = serve();
    for (const name of ['a', 'b', 'c']) await ask('POST', inDefault, widget(name));
    const { body: first } = await ask('GET', `${inDefault}?limit=2`);
    expect(first.items).toHaveLength(2);
    expect(first.metadata.remainingItemCount).toBe(1);
    await ask('POST', inDefault, widget('bb'));
    await ask('DELETE', `${inDefault}/c`);
    const { body: second } = await ask('GET', `${inDefault}?limit=2&continue=${first.metadata.continue}`);
    expect(second.items.map((item: KubeObject) => item.metadata.name)).toEqual(['c']);
    expect(second.metadata).toEqual({ continue: '', resourceVersion: first.metadata.resourceVersion });
  });

  it('of a typed resource leaves kind and apiVersion out of its items', async () => {
    const { ask } = serve({ family: 'builtin' });
    await ask('POST', inDefault, widget('a'));
    const { body } = await ask('GET', inDefault);
    expect(body.kind).toBe('WidgetList');
    expect(body.items[0]).not.toHaveProperty('kind');
    expect(body.items[0].metadata.name).toBe('a');
  });

  it('prints as a table and as metadata', async () => {
    const { ask } = serve();
    await ask('POST', inDefault, widget('a', { spec: 1 }));
    const table = await ask('GET', inDefault, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' });
    expect(table.body).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      rows: [{ cells: ['a'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    });
    const metadata = await ask('GET', inDefault, undefined, { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' });
    expect(metadata.body.items[0]).not.toHaveProperty('spec');
  });

  it('answers versions it cannot read with 400, and versions that never come with 504', async () => {
    const { ask, clock } = serve();
    expect((await ask('GET', `${inDefault}?resourceVersion=abc`)).body.message).toBe(
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    );
    const waiting = ask('GET', `${inDefault}?resourceVersion=999&resourceVersionMatch=NotOlderThan`);
    await new Promise(setImmediate);
    clock.advance(3_000);
    expect(await waiting).toMatchObject({
      status: 504,
      body: { message: 'Timeout: Too large resource version: 999, current: 1', details: { retryAfterSeconds: 1 } },
    });
  });
});

describe('a watch', () => {
  it('begins with what is there, and goes on with what happens', async () => {
    const { ask, watch } = serve();
    await ask('POST', inDefault, widget('a'));
    const { seen } = await watch(`${inDefault}?watch=1`);
    await ask('POST', inDefault, widget('b'));
    await ask('DELETE', `${inDefault}/a`);
    expect(seen()).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
  });

  it('tells where the initial events end', async () => {
    const { ask, watch } = serve();
    await ask('POST', inDefault, widget('a'));
    const { events } = await watch(`${inDefault}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`);
    expect(events[1]).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Widget', metadata: { resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('ends by itself when its time is over', async () => {
    const { watch, clock } = serve();
    const { hasEnded } = await watch(`${inDefault}?watch=1&timeoutSeconds=5`);
    clock.advance(5_000);
    expect(hasEnded()).toBe(true);
  });
});

describe('a path that leads nowhere', () => {
  it('is a 404 of the router, or of the resource', async () => {
    const { ask } = serve();
    expect((await ask('GET', '/namespaces/default/gadgets')).body).toBe('404 page not found\n');
    expect((await ask('GET', `${inDefault}/a/nope`)).body).toMatchObject({ reason: 'NotFound', details: { name: 'a', kind: 'widgets' } });
    expect((await ask('PUT', inDefault, widget('a'))).body.message).toBe('name must be provided');
    const refused = await ask('DELETE', `${inDefault}/a/status`);
    expect(refused.body.message).toBe('delete is not supported on resources of kind "widgets.example.com"');
    expect(isRecord(refused.body)).toBe(true);
  });
});
