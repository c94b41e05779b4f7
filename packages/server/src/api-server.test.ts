import { fakeClock, forbidden } from '@apiserver-kit/machinery';
import { named } from '@apiserver-kit/pipeline';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiServer, type ApiServerOptions, apiServer } from './api-server.js';
import type { InProcessClient } from './in-process.js';

const servers: ApiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ timeoutMs: 0 });
});
async function start(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await apiServer(options);
  servers.push(server);
  return server;
}

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const create = (client: InProcessClient, path: string, body: unknown) => client.request({ method: 'POST', path, body });
const statusOf = async (client: InProcessClient, path: string): Promise<number> => (await client.request({ path })).status;

describe('a server', () => {
  it('has its filters in the order of the reference, as the documentation says', async () => {
    const { handler } = await start();
    const names =
      'recover → readyGate → receivedTime → requestInfo → metrics → hsts → cacheControl → drain → deadline → warnings → cors → authentication → impersonation → authorization';
    expect(handler.names.join(' → ')).toBe(names);
    expect(readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8').replace(/\s+/g, ' ')).toContain(names);
  });

  it('is ready with the namespaces and the roles that every cluster has', async () => {
    const client = (await start()).client();
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) expect(await statusOf(client, `/api/v1/namespaces/${name}`)).toBe(200);
    expect(await statusOf(client, '/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin')).toBe(200);
    const { text } = await client.request({ path: '/readyz?verbose' });
    expect(text()).toContain('[+]poststarthook/rbac/bootstrap-roles ok\n');
  });

  it('lets who is bound to a role do what it says, from the moment the binding is written', async () => {
    const server = await start();
    const jane = server.client({ name: 'jane', groups: ['system:authenticated'] });
    expect(await statusOf(jane, configMaps)).toBe(403);
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const meta = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'r' } };
    await create(server.client(), `${rbac}/roles`, { ...meta, kind: 'Role', rules: [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }] });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
    await create(server.client(), `${rbac}/rolebindings`, { ...meta, kind: 'RoleBinding', roleRef, subjects: [{ kind: 'User', name: 'jane' }] });
    expect(await statusOf(jane, configMaps)).toBe(200);
    expect(await statusOf(jane, '/api/v1/namespaces/kube-system/configmaps')).toBe(403);
  });

  it('lets everybody ask for health, and nobody else anything, where everything is denied', async () => {
    const server = await start({ authorization: ['AlwaysDeny'] });
    const nobody = server.client({ name: 'nobody', groups: [] });
    expect(await statusOf(nobody, '/readyz')).toBe(200);
    expect(await statusOf(nobody, '/version')).toBe(403);
    expect(await statusOf(server.client(), '/version')).toBe(200);
  });

  it('makes nothing in a namespace that is not there, unless the plugin that sees to it is disabled', async () => {
    const path = '/api/v1/namespaces/nowhere/configmaps';
    expect((await create((await start()).client(), path, configMap('a'))).status).toBe(404);
    expect((await create((await start({ disableAdmissionPlugins: ['NamespaceLifecycle'] })).client(), path, configMap('a'))).status).toBe(201);
  });

  it('runs plugins of its assembler, and filters where its assembler puts them', async () => {
    const seen: string[] = [];
    const server = await start({
      admission: [
        {
          name: 'Never',
          handles: () => true,
          validate: ({ resource, name }) => {
            if (resource.resource === 'configmaps') throw forbidden(resource, name, 'never');
          },
        },
      ],
      filters: (standard) => [
        named('seen', (next) => (ctx) => {
          seen.push(ctx.request.path);
          return next(ctx);
        }),
        ...standard,
      ],
    });
    const { status, json } = await create(server.client(), configMaps, configMap('a'));
    expect([status, json<{ message: string }>().message]).toEqual([403, 'configmaps "a" is forbidden: never']);
    expect(seen).toContain(configMaps);
    expect(server.handler.names[0]).toBe('seen');
  });

  it('gives failures the headers of all answers', async () => {
    const { status, headers } = await (await start()).client().request({ path: `${configMaps}/none` });
    expect([status, headers['cache-control']]).toEqual([404, 'no-cache, private']);
  });

  it('shows definitions of custom resources in JSON to who would rather have protobuf, and in protobuf their metadata alone', async () => {
    const client = (await start()).client();
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' };
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
    const spec = { group: 'example.com', scope: 'Namespaced', names, versions };
    await create(client, path, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' }, spec });
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const typeOf = async (accept: string): Promise<unknown[]> => {
      const { status, headers } = await client.request({ path, headers: { accept } });
      return [status, headers['content-type']];
    };
    expect(await typeOf(`${protobuf}, application/json;q=0.5`)).toEqual([200, 'application/json']);
    expect(await typeOf(`${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`)).toEqual([200, protobuf]);
    expect((await typeOf(protobuf))[0]).toBe(406);
    const events = client.watch<{ kind: string }>(path, { headers: { accept: `${protobuf}, application/json` } });
    expect((await events.next()).value).toMatchObject({ type: 'ADDED', object: { kind: 'CustomResourceDefinition' } });
    await events.return();
  });

  it('uses the clock and the uids that it is given', async () => {
    let count = 0;
    const server = await start({ clock: fakeClock(Date.UTC(2030, 0, 1)), uid: () => `uid-${++count}` });
    const { json } = await create(server.client(), configMaps, configMap('a'));
    expect(json<{ metadata: object }>().metadata).toMatchObject({ creationTimestamp: '2030-01-01T00:00:00Z', uid: `uid-${count}` });
  });

  it('goes on from a storage as it was left, writing nothing again', async () => {
    const storage = memoryStorage();
    const first = await apiServer({ storage });
    await create(first.client(), configMaps, configMap('a'));
    const kept = storage.fork();
    await first.close();
    // The aggregated roles of the first start may still have been on their way: the second sees to them.
    const second = await start({ storage: kept });
    expect(await statusOf(second.client(), `${configMaps}/a`)).toBe(200);
  });

  it('takes no more requests once it drains, and is not ready', async () => {
    const server = await start();
    await server.drain(0);
    expect(await statusOf(server.client(), configMaps)).toBe(503);
    expect(await statusOf(server.client(), '/readyz')).toBe(500);
    expect(await statusOf(server.client(), '/livez')).toBe(200);
  });

  it('ends watches when it is closed', async () => {
    const server = await apiServer();
    const events = server.client().watch(configMaps);
    const next = events.next();
    await server.close();
    expect((await next).done).toBe(true);
  });
});
