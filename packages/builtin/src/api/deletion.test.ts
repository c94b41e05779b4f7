import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type TestApi, testApi } from './fixtures.js';

let api: TestApi;
beforeEach(() => {
  api = testApi({ garbageCollection: true });
});
afterEach(() => api[Symbol.asyncDispose]());

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'app:1' }] } };
const selector = { matchLabels: { app: 'a' } };
const bodies: Record<string, Json> = {
  '/apis/apps/v1/namespaces/default/deployments': { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector, template } },
  '/apis/batch/v1/namespaces/default/jobs': {
    apiVersion: 'batch/v1',
    kind: 'Job',
    spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
  },
  '/api/v1/namespaces/default/replicationcontrollers': { apiVersion: 'v1', kind: 'ReplicationController', spec: { selector: { app: 'a' }, template } },
  '/api/v1/namespaces/default/events': {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  },
  '/api/v1/namespaces': { apiVersion: 'v1', kind: 'Namespace' },
  '/api/v1/namespaces/default/configmaps': { apiVersion: 'v1', kind: 'ConfigMap' },
};
const [deployments, jobs, controllers, events, namespaces, configMaps] = Object.keys(bodies) as [string, string, string, string, string, string];

async function create(path: string, metadata: Json = {}): Promise<void> {
  const { status } = await api.ask('POST', path, { ...bodies[path], metadata: { name: 'one', ...metadata } });
  expect(status).toBe(201);
}
const remove = (path: string, options: Json = {}): Promise<Json> => api.ask('DELETE', `${path}/one`, { kind: 'DeleteOptions', apiVersion: 'v1', ...options });

describe('a deletion, where a garbage collector runs,', () => {
  it('in the background deletes at once', async () => {
    await create(deployments);
    expect(await remove(deployments, { propagationPolicy: 'Background' })).toMatchObject({ status: 200, body: { kind: 'Status' } });
    expect((await api.ask('GET', `${deployments}/one`)).status).toBe(404);
  });
  it('in the foreground waits for the dependents', async () => {
    await create(deployments);
    const { status, body } = await remove(deployments, { propagationPolicy: 'Foreground' });
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({
      finalizers: ['foregroundDeletion'],
      deletionTimestamp: expect.any(String),
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
  });
  it('that orphans waits until the dependents have no owner', async () => {
    await create(deployments, { finalizers: ['example.com/mine', 'foregroundDeletion'] });
    const { body } = await remove(deployments, { propagationPolicy: 'Orphan' });
    expect(body.metadata.finalizers).toEqual(['example.com/mine', 'orphan']);
  });
  it('does what the object is held for when it does not say', async () => {
    await create(deployments, { finalizers: ['orphan'] });
    expect((await remove(deployments)).body.metadata.finalizers).toEqual(['orphan']);
  });
  it('in the background takes what would have held the object', async () => {
    await create(deployments, { finalizers: ['orphan'] });
    expect(await remove(deployments, { propagationPolicy: 'Background' })).toMatchObject({ status: 200, body: { kind: 'Status', status: 'Success' } });
  });
  it('by orphanDependents is accepted, where the object waits', async () => {
    await create(deployments, { finalizers: ['example.com/mine'] });
    expect((await remove(deployments, { orphanDependents: false })).status).toBe(202);
    await create(controllers);
    expect(await remove(controllers, { orphanDependents: true })).toMatchObject({ status: 200, body: { metadata: { finalizers: ['orphan'] } } });
  });
  it('of a controller of old orphans its pods by default', async () => {
    await create(controllers);
    expect((await remove(controllers)).body.metadata.finalizers).toEqual(['orphan']);
  });
  it('of a job does so too, and says so', async () => {
    await create(jobs);
    const { body, warnings } = await remove(jobs);
    expect(body.metadata.finalizers).toContain('orphan');
    expect(warnings).toEqual([
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    ]);
    expect((await remove(jobs, { propagationPolicy: 'Background' })).warnings).toEqual([]);
  });
  it('of a collection of jobs says so too', async () => {
    expect((await api.ask('DELETE', jobs)).warnings).toHaveLength(1);
  });
  it('of an event asks nobody', async () => {
    await create(events);
    expect(await remove(events, { propagationPolicy: 'Foreground' })).toMatchObject({ status: 200, body: { kind: 'Status' } });
  });
  it('that is a trial changes nothing', async () => {
    await create(deployments);
    const { body } = await api.ask('DELETE', `${deployments}/one?dryRun=All&propagationPolicy=Foreground`);
    expect(body.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect((await api.ask('GET', `${deployments}/one`)).body.metadata.finalizers).toBeUndefined();
  });
});

describe('a deletion of a namespace', () => {
  it('holds it for its dependents, too', async () => {
    await create(namespaces);
    expect((await remove(namespaces, { propagationPolicy: 'Foreground' })).body.metadata.finalizers).toEqual(['foregroundDeletion']);
  });
  it('by orphanDependents: false does so as well', async () => {
    await create(namespaces);
    expect(await remove(namespaces, { orphanDependents: false })).toMatchObject({ status: 202, body: { metadata: { finalizers: ['foregroundDeletion'] } } });
  });
});

describe('a deletion, where no garbage collector runs,', () => {
  it('does not wait for one', async () => {
    await using bare = testApi();
    const body = { ...bodies[deployments], metadata: { name: 'one' } };
    await bare.ask('POST', deployments, body);
    expect(await bare.ask('DELETE', `${deployments}/one`, { propagationPolicy: 'Foreground' })).toMatchObject({ status: 200, body: { kind: 'Status' } });
  });
});

describe('owners that are named twice', () => {
  const owner = (uid: string, more: Json = {}): Json => ({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid, ...more });
  const warning = (uids: string, after = ''): string =>
    `.metadata.ownerReferences contains duplicate entries${after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`;
  const ownerReferences = [owner('a'), owner('b'), owner('a'), owner('a', { blockOwnerDeletion: true }), owner('b')];
  const kept = [owner('a'), owner('b'), owner('a', { blockOwnerDeletion: true })];

  it('are named once in what is created, with a warning', async () => {
    const { body, warnings } = await api.ask('POST', configMaps, { ...bodies[configMaps], metadata: { name: 'one', ownerReferences } });
    expect(body.metadata.ownerReferences).toEqual(kept);
    expect(warnings).toEqual([warning('a, b')]);
  });
  it('are named once in what replaces an object', async () => {
    await create(configMaps);
    const { body, warnings } = await api.ask('PUT', `${configMaps}/one`, { ...bodies[configMaps], metadata: { name: 'one', ownerReferences } });
    expect(body.metadata.ownerReferences).toEqual(kept);
    expect(warnings).toEqual([warning('a, b')]);
  });
  it('are named once after a patch, as if admission had named them', async () => {
    await create(configMaps);
    const { body, warnings } = await api.ask('PATCH', `${configMaps}/one`, { metadata: { ownerReferences } });
    expect(body.metadata.ownerReferences).toEqual(kept);
    expect(warnings).toEqual([warning('a, b', ' after mutating admission happens')]);
  });
});

describe('an event', () => {
  it('is gone an hour after it was last written', async () => {
    await create(events);
    api.clock.advance(3_000_000);
    await api.ask('PATCH', `${events}/one`, { message: 'again' });
    api.clock.advance(3_000_000);
    expect((await api.ask('GET', `${events}/one`)).status).toBe(200);
    api.clock.advance(700_000);
    expect((await api.ask('GET', `${events}/one`)).status).toBe(404);
  });
  it('lives as long as the server is told', async () => {
    await using brief = testApi({ eventTtlSeconds: 10 });
    await brief.ask('POST', events, { ...bodies[events], metadata: { name: 'one' } });
    brief.clock.advance(11_000);
    expect((await brief.ask('GET', `${events}/one`)).status).toBe(404);
  });
});
