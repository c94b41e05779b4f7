import { afterEach, describe, expect, it } from 'vitest';
import { definition, definitionsPath, serveCustomResources, widget, widgetsPath } from './fixtures.js';

type Server = ReturnType<typeof serveCustomResources>;
const open: Server[] = [];
const serve = async (): Promise<Server> => {
  const server = serveCustomResources();
  open.push(server);
  await server.crds.start();
  await server.define(definition());
  return server;
};
afterEach(async () => {
  for (const { crds, storage } of open.splice(0)) {
    await crds.close();
    await storage.close();
  }
});
const path = `${definitionsPath}/widgets.example.com`;

describe('a definition that is deleted', () => {
  it('is answered marked, held until its instances are gone', async () => {
    const { ask } = await serve();
    const { status, body } = await ask('DELETE', path);
    expect(status).toBe(200);
    expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    expect(body.metadata.deletionTimestamp).toBeDefined();
    expect(body.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
    expect(body.status.conditions[2]).toMatchObject({ type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending' });
  });

  it('takes its instances with it', async () => {
    const { ask, crds, storage } = await serve();
    await ask('POST', widgetsPath, widget('a'));
    await ask('POST', '/apis/example.com/v1/namespaces/team-a/widgets', widget('b'));
    await ask('DELETE', path);
    await crds.settled();
    expect((await ask('GET', path)).status).toBe(404);
    expect((await ask('GET', widgetsPath)).status).toBe(404);
    expect((await storage.list('/registry/example.com/')).kvs).toEqual([]);
  });

  it('waits for instances that are held, and takes no new ones', async () => {
    const { ask, crds, conditions, registry } = await serve();
    await ask('POST', widgetsPath, widget('a', {}, { finalizers: ['example.com/hold'] }));
    await ask('DELETE', path);
    await crds.settled();
    expect(await conditions()).toContain('Terminating=True InstanceDeletionInProgress');
    expect((await ask('GET', `${widgetsPath}/a`)).body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, generation: 2 });
    const refused = await ask('POST', widgetsPath, widget('b'));
    expect(refused.status).toBe(403);
    expect(refused.body.message).toBe('widgets.example.com "b" is forbidden: create not allowed while custom resource definition is terminating');
    expect(registry.describe('example.com', 'v1', 'widgets')?.description.verbs).toEqual(['delete', 'deletecollection', 'get', 'list', 'watch']);

    expect((await ask('PATCH', `${widgetsPath}/a`, { metadata: { finalizers: null } })).status).toBe(200);
    await crds.settled();
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('goes when it was never served', async () => {
    const { ask, crds, define } = await serve();
    await define(definition({ plural: 'wands' }));
    await ask('DELETE', `${definitionsPath}/wands.example.com`);
    await crds.settled();
    expect((await ask('GET', `${definitionsPath}/wands.example.com`)).status).toBe(404);
  });

  it('stays, without instances, while somebody else holds it', async () => {
    const { ask, crds, conditions } = await serve();
    await ask('PATCH', path, { metadata: { finalizers: ['example.com/mine'] } });
    await ask('POST', widgetsPath, widget('a'));
    await ask('DELETE', path);
    await crds.settled();
    expect(await conditions()).toContain('Terminating=False InstanceDeletionCompleted');
    expect((await ask('GET', widgetsPath)).body.items).toEqual([]);
    await ask('PATCH', path, { metadata: { finalizers: null } });
    expect((await ask('GET', path)).status).toBe(404);
    expect((await ask('GET', widgetsPath)).status).toBe(404);
  });

  it('must have the uid and the version that the client thinks', async () => {
    const { ask, look } = await serve();
    const { uid, resourceVersion } = (await look()).metadata;
    const wrongUid = await ask('DELETE', path, { preconditions: { uid: 'x' } });
    expect(wrongUid.status).toBe(409);
    expect(wrongUid.body.message).toContain(`precondition failed: UID in precondition: x, UID in object meta: ${uid}`);
    const wrongVersion = await ask('DELETE', path, { preconditions: { resourceVersion: '1' } });
    expect(wrongVersion.body.message).toContain(`precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: ${resourceVersion}`);
  });
});

describe('a server that starts while a definition is being deleted', () => {
  it('goes on with it', async () => {
    const first = await serve();
    await first.ask('POST', widgetsPath, widget('a'));
    await first.crds.close();
    const second = serveCustomResources({ storage: first.storage });
    // Nobody follows the definitions yet.
    await second.ask('DELETE', path);
    expect((await second.ask('GET', path)).body.metadata.deletionTimestamp).toBeDefined();
    await second.crds.start();
    await second.crds.settled();
    expect((await second.ask('GET', path)).status).toBe(404);
    expect((await first.storage.list('/registry/example.com/')).kvs).toEqual([]);
    await second.crds.close();
  });
});
