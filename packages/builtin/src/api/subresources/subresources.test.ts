import { conflict } from '@apiserver-kit/machinery';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type TestApi, testApi } from '../fixtures.js';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api[Symbol.asyncDispose]());

const pods = '/api/v1/namespaces/default/pods';
const containers = [{ name: 'main', image: 'app:1' }];

async function createPod(name = 'p', spec: Json = {}, labels: Json = {}): Promise<Json> {
  const { status, body } = await api.ask('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers, ...spec } });
  expect(status).toBe(201);
  return body;
}
const pod = async (name = 'p'): Promise<Json> => (await api.ask('GET', `${pods}/${name}`)).body;

describe('pods/binding', () => {
  const bind = (target: Json = { kind: 'Node', name: 'n1' }, metadata: Json = {}, query = ''): Promise<Json> =>
    api.ask('POST', `${pods}/p/binding${query}`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p', ...metadata }, target });

  it('gives the pod a node and says that it is scheduled', async () => {
    await createPod();
    expect(await bind(undefined, { annotations: { a: '1' }, labels: { b: '2' } })).toMatchObject({
      status: 201,
      body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    });
    expect(await pod()).toMatchObject({
      metadata: { annotations: { a: '1' }, labels: { b: '2' } },
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: expect.any(String) }] },
    });
  });
  it('is done once', async () => {
    await createPod();
    await bind();
    expect(await bind({ name: 'n2' })).toMatchObject({
      status: 409,
      body: { message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"', details: { kind: 'pods/binding' } },
    });
  });
  it('is of the pod that is meant', async () => {
    const { metadata } = await createPod();
    expect((await bind(undefined, { uid: 'other' })).body).toMatchObject({ reason: 'Conflict', details: { kind: 'pods' } });
    expect((await bind(undefined, { uid: metadata.uid, resourceVersion: metadata.resourceVersion })).status).toBe(201);
  });
  it('does nothing as a trial', async () => {
    await createPod();
    expect((await bind(undefined, {}, '?dryRun=All')).status).toBe(201);
    expect((await pod()).spec.nodeName).toBeUndefined();
  });
  it('needs a node, and a pod', async () => {
    expect((await bind()).body).toMatchObject({ code: 404, message: 'pods "p" not found' });
    await createPod();
    expect((await bind({ kind: 'Pod', name: 'x' })).body).toMatchObject({
      code: 500,
      message: 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    });
    expect((await bind({})).body).toMatchObject({ code: 500, message: 'target.name: Required value' });
    expect((await bind(undefined, { name: 'q' })).body.message).toBe('name in URL does not match name in Binding object');
  });
  it('is refused to pods that are not to be scheduled yet', async () => {
    await createPod('p', { schedulingGates: [{ name: 'example.com/wait' }] });
    expect((await bind()).body.message).toContain('pod p has non-empty .spec.schedulingGates');
  });
});

describe('pods/eviction', () => {
  const evict = (more: Json = {}, name = 'p'): Promise<Json> =>
    api.ask('POST', `${pods}/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...more });
  const runPod = async (isReady: boolean): Promise<void> => {
    await createPod('p', { nodeName: 'n1', terminationGracePeriodSeconds: 0 }, { app: 'a' });
    await api.ask('PATCH', `${pods}/p/status`, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] } });
  };
  const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
  const protect = async (status: Json, name = 'b', spec: Json = {}): Promise<void> => {
    const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { selector: { matchLabels: { app: 'a' } }, ...spec } };
    await api.ask('POST', budgets, budget);
    const { status: code } = await api.ask('PATCH', `${budgets}/${name}/status`, { status: { observedGeneration: 1, ...status } });
    expect(code).toBe(200);
  };
  const budget = async (): Promise<Json> => (await api.ask('GET', `${budgets}/b`)).body;

  it('deletes a pod that nobody protects', async () => {
    await runPod(true);
    expect(await evict()).toMatchObject({ status: 201, body: { kind: 'Status', status: 'Success' } });
    expect((await pod()).code).toBe(404);
  });
  it('leaves to a pod its time, and says why it goes', async () => {
    await createPod('p', { nodeName: 'n1', terminationGracePeriodSeconds: 30 });
    await evict();
    expect(await pod()).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30 },
      status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }] },
    });
  });
  it('takes a disruption from the budget', async () => {
    await runPod(true);
    await protect({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 });
    expect((await evict()).status).toBe(201);
    expect((await budget()).status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { p: expect.any(String) },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
  });
  it('is put off where the budget allows no more', async () => {
    await runPod(true);
    await protect({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 });
    expect((await evict()).body).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' }] },
    });
    expect((await pod()).status.phase).toBe('Running');
  });
  it('is put off while the budget is behind', async () => {
    await runPod(true);
    await protect({ observedGeneration: 0, disruptionsAllowed: 1 });
    expect((await evict()).body.details).toEqual({
      retryAfterSeconds: 10,
      causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget b is still being processed by the server.' }],
    });
  });
  it('does not count pods that are not ready, where enough are', async () => {
    await runPod(false);
    await protect({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 });
    expect((await evict()).status).toBe(201);
    expect((await budget()).status.disruptionsAllowed).toBe(0);
  });
  it('does not know what to do with two budgets', async () => {
    await runPod(true);
    await protect({});
    await protect({}, 'c');
    expect((await evict()).body).toMatchObject({ status: 'Failure', code: 500 });
  });
  it('does nothing as a trial', async () => {
    await runPod(true);
    await protect({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 });
    expect((await evict({ deleteOptions: { dryRun: ['All'] } })).status).toBe(201);
    expect((await pod()).status.phase).toBe('Running');
    expect((await budget()).status.disruptionsAllowed).toBe(1);
  });
  it('is of the pod that is meant', async () => {
    await runPod(true);
    const { body } = await evict({ deleteOptions: { preconditions: { uid: 'other' } } });
    expect(body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(body.message).toContain('the UID in the precondition (other) does not match the UID in record');
  });
});

describe('serviceaccounts/token', () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts';

  it('is asked of whoever issues tokens', async () => {
    const seen: Json[] = [];
    await using issuing = testApi({
      async requestToken(asked, { namespace, name, admit, warn }) {
        seen.push({ namespace, name });
        if (name === 'no') throw conflict({ group: '', resource: 'x' }, name, 'no');
        await admit(asked);
        warn('short');
        return { ...asked, status: { token: 'secret', expirationTimestamp: '2030-01-01T00:00:00Z' } };
      },
    });
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['a'], expirationSeconds: 600 } };
    expect(await issuing.ask('POST', `${accounts}/sa/token`, request)).toMatchObject({
      status: 201,
      body: { kind: 'TokenRequest', spec: { audiences: ['a'], expirationSeconds: 600 }, status: { token: 'secret' } },
      warnings: ['short'],
    });
    expect(seen).toEqual([{ namespace: 'default', name: 'sa' }]);
    expect((await issuing.ask('POST', `${accounts}/no/token`, request)).status).toBe(409);
    expect((await issuing.ask('GET', `${accounts}/sa/token`)).status).toBe(405);
  });
  it('is not there where nobody issues any', async () => {
    expect((await api.ask('POST', `${accounts}/sa/token`, {})).status).toBe(404);
  });
});

describe('what would be led on to a node', () => {
  it('is refused for pods without a node', async () => {
    await createPod();
    const refusal = { status: 400, body: { message: 'pod p does not have a host assigned' } };
    for (const path of ['exec?command=ls', 'attach', 'portforward']) expect(await api.ask('POST', `${pods}/p/${path}`)).toMatchObject(refusal);
    expect(await api.ask('GET', `${pods}/p/exec?command=ls`)).toMatchObject(refusal);
  });
  it('gives an empty log of a pod without a node', async () => {
    await createPod();
    expect(await api.ask('GET', `${pods}/p/log`)).toMatchObject({ status: 204, body: '' });
  });
  it('says of logs what is wrong with the question', async () => {
    await createPod();
    expect((await api.ask('GET', `${pods}/p/log?tailLines=-1&limitBytes=0`)).body.message).toBe(
      'PodLogOptions "p" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]',
    );
    expect((await api.ask('GET', `${pods}/q/log`)).body.message).toBe('pods "q" not found');
  });
  it('wants to know which container', async () => {
    await createPod('p', { containers: [...containers, { name: 'side', image: 'b' }], initContainers: [{ name: 'first', image: 'c' }] });
    expect((await api.ask('GET', `${pods}/p/log`)).body.message).toBe('a container name must be specified for pod p, choose one of: [first main side]');
    expect((await api.ask('POST', `${pods}/p/exec?container=x`)).body.message).toBe('container x is not valid for pod p');
  });
  it('needs the node, and its address', async () => {
    await createPod('p', { nodeName: 'n1' });
    expect((await api.ask('GET', `${pods}/p/log`)).body.message).toBe('nodes "n1" not found');
    await api.ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
    expect((await api.ask('GET', `${pods}/p/log`)).body).toMatchObject({ code: 500, message: 'no preferred addresses found; known addresses: []' });
    await api.ask('PATCH', '/api/v1/nodes/n1/status', { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } });
    expect((await api.ask('POST', `${pods}/p/exec`)).body.message).toBe('Upgrade request required');
    expect((await api.ask('POST', `${pods}/p/exec`, undefined, { connection: 'Upgrade' })).status).toBe(500);
  });
  it('reaches no pod, no service and no node', async () => {
    await createPod();
    expect((await api.ask('GET', `${pods}/p/proxy`)).body.message).toBe('address not allowed');
    expect((await api.ask('PUT', `${pods}/p:80:1:2/proxy/a/b`)).body.message).toBe('invalid pod request "p:80:1:2"');
    expect((await api.ask('GET', '/api/v1/namespaces/default/services/s:http/proxy/metrics')).body).toMatchObject({
      code: 503,
      message: 'no endpoints available for service "s"',
    });
    expect((await api.ask('GET', '/api/v1/namespaces/default/services/s:80/proxy/')).body.message).toBe('services "s" not found');
    expect((await api.ask('DELETE', '/api/v1/nodes/n/proxy/x')).body.message).toBe('nodes "n" not found');
  });
  it('is no trial', async () => {
    await createPod();
    expect((await api.ask('POST', `${pods}/p/exec?dryRun=All`)).body.message).toBe('dryRun is not supported');
  });
});
