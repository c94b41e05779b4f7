import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type TestApi, testApi } from './fixtures.js';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api[Symbol.asyncDispose]());

const namespace = (name: string): Json => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const configMap = (name: string, more: Json = {}): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });
const containers = [{ name: 'main', image: 'app:1' }];
const pod = (name: string, spec: Json = {}): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } });
const deployment = (name: string, spec: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers } }, ...spec },
});

const configMaps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

describe('a ConfigMap', () => {
  it('is created, read, replaced and deleted', async () => {
    const created = await api.ask('POST', configMaps, configMap('c', { data: { a: '1' } }));
    expect(created).toMatchObject({ status: 201, body: { metadata: { namespace: 'default', uid: 'uid-1' }, data: { a: '1' } } });
    expect((await api.ask('PUT', `${configMaps}/c`, configMap('c', { data: { a: '2' } }))).body.data).toEqual({ a: '2' });
    expect(await api.ask('DELETE', `${configMaps}/c`)).toMatchObject({ status: 200, body: { kind: 'Status', details: { name: 'c', uid: 'uid-1' } } });
    expect((await api.ask('GET', `${configMaps}/c`)).status).toBe(404);
  });
  it('lies where kube-apiserver would keep it', async () => {
    await api.ask('POST', configMaps, configMap('c'));
    const { kvs } = await api.storage.list('/registry/');
    expect(kvs.map(({ key }) => key)).toEqual(['/registry/configmaps/default/c']);
  });
  it('that does not fit its type is refused with the sentence of the decoder', async () => {
    expect(await api.ask('POST', configMaps, configMap('c', { data: { a: 1 } }))).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
      },
    });
  });
  it('with fields that no ConfigMap has is taken with a warning, or refused', async () => {
    const odd = configMap('c', { spec: 1 });
    expect(await api.ask('POST', configMaps, odd)).toMatchObject({ status: 201, warnings: ['unknown field "spec"'] });
    expect((await api.ask('POST', `${configMaps}?fieldValidation=Strict`, odd)).body.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec"',
    );
  });
  it('that breaks its rules is refused, its name first', async () => {
    const { status, body } = await api.ask('POST', configMaps, configMap('No', { data: { 'a b': '' } }));
    expect(status).toBe(422);
    expect(body.details.causes.map(({ field }: Json) => field)).toEqual(['metadata.name', 'data[a b]']);
  });
  it('says what is wrong with its metadata as often as the reference does', async () => {
    await api.ask('POST', configMaps, configMap('c'));
    const bad = configMap('c');
    bad.metadata.labels = { a: '!' };
    const { body } = await api.ask('PUT', `${configMaps}/c`, bad);
    expect(body.details.causes).toHaveLength(4);
    expect(body.message.match(/metadata.labels/g)).toHaveLength(1);
  });
  it('is not created by a PUT', async () => {
    expect((await api.ask('PUT', `${configMaps}/c`, configMap('c'))).status).toBe(404);
  });
  it('has finalizers with a domain, or one of the old names', async () => {
    const held = configMap('c');
    held.metadata.finalizers = ['mine'];
    const { body } = await api.ask('POST', configMaps, held);
    expect(body.message).toBe(
      'ConfigMap "c" is invalid: metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    );
  });
});

describe('a Lease', () => {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} };
  it('is created by a PUT, and replaced only by who has read it', async () => {
    expect((await api.ask('PUT', `${leases}/l`, lease)).status).toBe(201);
    expect((await api.ask('PUT', `${leases}/l`, lease)).body.message).toContain('metadata.resourceVersion: Invalid value: 0: must be specified for an update');
  });
});

describe('a Namespace', () => {
  beforeEach(() => api.ask('POST', '/api/v1/namespaces', namespace('n')));
  const path = '/api/v1/namespaces/n';

  it('is active, held by its finalizer, and labelled with its name', async () => {
    expect((await api.ask('GET', path)).body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'n' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });
  it('gets its label too where its name is made for it', async () => {
    const { body } = await api.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'x-' } });
    expect(body.metadata.labels['kubernetes.io/metadata.name']).toBe(body.metadata.name);
  });
  it('is terminating once it is deleted, and goes when it is finalized', async () => {
    const deleted = await api.ask('DELETE', path);
    expect(deleted).toMatchObject({ status: 200, body: { kind: 'Namespace', status: { phase: 'Terminating' } } });
    expect(deleted.body.metadata.deletionTimestamp).toBeDefined();
    expect(deleted.body.metadata.deletionGracePeriodSeconds).toBeUndefined();
    expect((await api.ask('DELETE', path)).body.metadata.resourceVersion).toBe(deleted.body.metadata.resourceVersion);

    const finalized = await api.ask('PUT', `${path}/finalize`, { ...deleted.body, spec: {}, status: {} });
    expect(finalized).toMatchObject({ status: 200, body: { status: { phase: 'Terminating' } } });
    expect((await api.ask('GET', path)).status).toBe(404);
  });
  it('keeps its finalizers where it is replaced, and its spec where its status is', async () => {
    expect((await api.ask('PUT', path, namespace('n'))).body.spec.finalizers).toEqual(['kubernetes']);
    const other = { ...namespace('n'), status: { phase: 'Terminating' } };
    expect((await api.ask('PUT', `${path}/status`, other)).body.message).toBe(
      'Namespace "n" is invalid: status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    );
  });
  it('is deleted only if it is the one that is meant, in words of its own', async () => {
    const { status, body } = await api.ask('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } });
    expect(status).toBe(409);
    expect(body.message).toBe('Operation cannot be fulfilled on namespaces "n": Precondition failed: UID in precondition: other, UID in object meta: uid-1');
  });
  it('is not finalized with finalizers of no domain', async () => {
    const { body } = await api.ask('PUT', `${path}/finalize`, { ...namespace('n'), spec: { finalizers: ['mine'] } });
    expect(body.details.causes[0].field).toBe('spec.finalizers[0]');
  });
});

describe('a Pod', () => {
  it('is pending, whatever its creator says of its status', async () => {
    const { body } = await api.ask('POST', pods, { ...pod('p'), status: { phase: 'Running' } });
    expect(body).toMatchObject({ metadata: { generation: 1 }, status: { phase: 'Pending', qosClass: 'BestEffort' } });
  });
  it('that no node has goes at once', async () => {
    await api.ask('POST', pods, pod('p'));
    expect(await api.ask('DELETE', `${pods}/p`)).toMatchObject({ status: 200, body: { kind: 'Pod' } });
    expect((await api.ask('GET', `${pods}/p`)).status).toBe(404);
  });
  it('on a node has its grace period to end in', async () => {
    await api.ask('POST', pods, pod('p', { nodeName: 'n', terminationGracePeriodSeconds: 7 }));
    expect((await api.ask('DELETE', `${pods}/p`)).body.metadata.deletionGracePeriodSeconds).toBe(7);
    expect((await api.ask('GET', `${pods}/p`)).status).toBe(200);
    await api.ask('DELETE', `${pods}/p?gracePeriodSeconds=0`);
    expect((await api.ask('GET', `${pods}/p`)).status).toBe(404);
  });
  it('is patched by the keys of its lists', async () => {
    await api.ask('POST', pods, pod('p', { containers: [...containers, { name: 'side', image: 'side:1' }] }));
    const patch = { spec: { containers: [{ name: 'side', image: 'side:2' }] } };
    const { status, body } = await api.ask('PATCH', `${pods}/p`, patch, { 'content-type': 'application/strategic-merge-patch+json' });
    expect(status).toBe(200);
    expect(body.spec.containers.map(({ image }: Json) => image)).toEqual(['app:1', 'side:2']);
  });
  it('keeps its owners and its quality of service where a kubelet reports its status', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u' };
    const owned = pod('p');
    owned.metadata.ownerReferences = [owner];
    await api.ask('POST', pods, owned);
    const { body } = await api.ask('PUT', `${pods}/p/status`, { ...pod('p'), status: { phase: 'Running' } });
    expect(body).toMatchObject({ metadata: { ownerReferences: [owner] }, status: { phase: 'Running', qosClass: 'BestEffort' } });
  });
  it('is selected by its fields', async () => {
    await api.ask('POST', pods, pod('a', { nodeName: 'n' }));
    await api.ask('POST', pods, pod('b'));
    const { body } = await api.ask('GET', `${pods}?fieldSelector=spec.nodeName=n,status.phase!=Running`);
    expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['a']);
    expect((await api.ask('GET', `${pods}?fieldSelector=spec.host=n`)).body.items).toHaveLength(1);
    expect(await api.ask('GET', `${pods}?fieldSelector=spec.x=n`)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('field label not supported: spec.x') },
    });
  });
  it('is shown as a table', async () => {
    await api.ask('POST', pods, pod('p'));
    const { body } = await api.ask('GET', pods, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(body.columnDefinitions[0]).toMatchObject({ name: 'Name', format: 'name' });
    expect(body.rows[0].cells.slice(0, 4)).toEqual(['p', '0/1', 'Pending', '0']);
  });
  it('warns of what works otherwise than it looks', async () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    const { warnings } = await api.ask('POST', pods, pod('p.q', { containers: [{ ...containers[0], env }] }));
    expect(warnings).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
  });
});

describe('a Deployment', () => {
  beforeEach(() => api.ask('POST', deployments, deployment('d', { replicas: 2 })));

  it('counts the generations of its spec', async () => {
    const same = await api.ask('PUT', `${deployments}/d`, deployment('d', { replicas: 2 }));
    expect(same.body.metadata.generation).toBe(1);
    const other = await api.ask('PUT', `${deployments}/d`, deployment('d', { replicas: 3 }));
    expect(other.body.metadata.generation).toBe(2);
  });
  it('keeps its labels where its status is written', async () => {
    const labelled = { ...deployment('d'), status: { replicas: 1 } };
    labelled.metadata.labels = { a: 'b' };
    const { body } = await api.ask('PUT', `${deployments}/d/status`, labelled);
    expect(body).toMatchObject({ status: { replicas: 1 } });
    expect(body.metadata.labels).toBeUndefined();
  });
  it('has no more ready replicas than replicas', async () => {
    const { body } = await api.ask('PUT', `${deployments}/d/status`, { ...deployment('d'), status: { readyReplicas: 1 } });
    expect(body.message).toBe('Deployment.apps "d" is invalid: status.readyReplicas: Invalid value: 1: cannot be greater than status.replicas');
  });
});

describe('a scale', () => {
  const path = `${deployments}/d/scale`;
  beforeEach(() => api.ask('POST', deployments, deployment('d', { replicas: 2 })));

  it('shows the replicas of a workload and whom it selects', async () => {
    const { body } = await api.ask('GET', path);
    expect(body).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'd', namespace: 'default', uid: 'uid-1', resourceVersion: expect.any(String), creationTimestamp: expect.any(String) },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=d' },
    });
  });
  it('changes the replicas, and so the generation', async () => {
    const { body } = await api.ask('GET', path);
    expect(await api.ask('PUT', path, { ...body, spec: { replicas: 5 } })).toMatchObject({ status: 200, body: { kind: 'Scale', spec: { replicas: 5 } } });
    expect((await api.ask('GET', `${deployments}/d`)).body).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 5 } });
    expect(await api.ask('PUT', path, body)).toMatchObject({
      status: 409,
      body: {
        message:
          'Operation cannot be fulfilled on deployments.apps "d": the object has been modified; please apply your changes to the latest version and try again',
      },
    });
  });
  it('is patched', async () => {
    expect((await api.ask('PATCH', path, { spec: { replicas: 0 } })).body.spec).toEqual({});
  });
  it('has no negative replicas', async () => {
    const { status, body } = await api.ask('PATCH', path, { spec: { replicas: -1 } });
    expect(status).toBe(422);
    expect(body.message).toBe('Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0');
  });
  it('of another object of that name is refused', async () => {
    const { body } = await api.ask('GET', path);
    const { message } = (await api.ask('PUT', path, { ...body, metadata: { ...body.metadata, uid: 'other' } })).body;
    expect(message).toContain('Precondition failed: UID in precondition: other, UID in object meta: uid-1');
  });
});

describe('the two versions of events', () => {
  const old = '/api/v1/namespaces/default/events';
  const young = '/apis/events.k8s.io/v1/namespaces/default/events';
  const event: Json = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    message: 'pulled',
    reason: 'Pulled',
    type: 'Normal',
  };
  it('show one set of objects', async () => {
    await api.ask('POST', old, event);
    expect((await api.ask('GET', `${young}/e`)).body).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'pulled', regarding: { name: 'p' } });
    expect((await api.ask('GET', `${young}?fieldSelector=regarding.name=p`)).body.items).toHaveLength(1);
  });
  it('are stored as the older one', async () => {
    const { status } = await api.ask('POST', young, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/c',
      reportingInstance: 'i',
      action: 'Pull',
      reason: 'Pulled',
      type: 'Normal',
      regarding: { namespace: 'default' },
    });
    expect(status).toBe(201);
    expect((await api.ask('GET', `${old}/e`)).body).toMatchObject({
      apiVersion: 'v1',
      involvedObject: { namespace: 'default' },
      reportingComponent: 'example.com/c',
    });
  });
  it('differ in what they ask of an event', async () => {
    const bare = { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e' }, regarding: { namespace: 'default' } };
    const { body } = await api.ask('POST', young, bare);
    expect(body.message).toBe('Event.events.k8s.io "e" is invalid: [eventTime: Required value, type: Invalid value: "": has invalid value: ]');
    expect((await api.ask('POST', old, { ...event, involvedObject: { namespace: 'other' } })).body.message).toBe(
      'Event "e" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    );
  });
});

describe('Endpoints', () => {
  it('are deprecated with each answer', async () => {
    const { warnings } = await api.ask('GET', '/api/v1/endpoints');
    expect(warnings).toEqual(['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice']);
  });
});

describe('reviews', () => {
  const user = { name: 'jane', groups: ['dev'] };
  it('tell who asks who they are', async () => {
    const { status, body } = await api.ask(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      {},
      user,
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'SelfSubjectReview', status: { userInfo: { username: 'jane', groups: ['dev'] } } });
  });
  it('answer for who asks', async () => {
    const asked = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } },
    };
    const { status, body } = await api.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', asked, {}, user);
    expect(status).toBe(201);
    expect(body.status).toEqual({ allowed: true });
  });
});
