/** An API server behind another one, over TLS. */
import { frontProxy } from '@apiserver-kit/authn';
import { staticResolver } from '@apiserver-kit/aggregator';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, apiServer } from './api-server.js';
import { createCertificateAuthority, issueCertificate } from './certs/index.js';
import { type Listener, listen } from './listener/index.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers
type Json = any;

const group = 'widget.example.com';
const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};
const widget = (name: string, spec: object = {}) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name }, spec });
const apiService = (caBundle: string) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: `v1.${group}` },
  spec: { group, version: 'v1', service: { namespace: 'widgets', name: 'api' }, caBundle, groupPriorityMinimum: 1500, versionPriority: 20 },
});

let extension: ApiServer;
let listener: Listener;
let server: ApiServer;
let caBundle: string;
const seenUsers: UserInfo[] = [];

const call = async (method: string, path: string, body?: unknown, user?: UserInfo): Promise<{ status: number; body: Json; text: string }> => {
  const answer = await server.client(user).request({ method, path, body });
  const text = answer.text();
  return { status: answer.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
};

/** Watches until the APIService is as it should be. */
async function until(name: string, isSo: (condition: Json) => boolean): Promise<Json> {
  for await (const { object } of server.client().watch<Json>(`${apiServices}?fieldSelector=metadata.name=${name}`)) {
    const condition = object.status?.conditions?.find((one: Json) => one.type === 'Available');
    if (condition && isSo(condition)) return condition;
  }
}

beforeAll(async () => {
  const ca = await createCertificateAuthority({ commonName: 'front' });
  const serving = await issueCertificate({ ca, subject: { commonName: 'api.widgets.svc' }, sans: ['api.widgets.svc'], usages: ['server'] });
  const client = await issueCertificate({ ca, subject: { commonName: 'aggregator' }, usages: ['client'] });
  caBundle = Buffer.from(ca.certPem).toString('base64');
  extension = await apiServer({
    aggregation: false,
    authenticators: [frontProxy({ clientCAs: ca.certPem })],
    authorization: ['AlwaysAllow'],
    admission: [
      {
        name: 'Seen',
        handles: () => true,
        validate: ({ user, resource }) => {
          if (user && resource.group === group) seenUsers.push(user);
        },
      },
    ],
  });
  await extension.client().request({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: definition });
  listener = await listen(extension.handler, { tls: { key: serving.keyPem, cert: serving.certPem, ca: ca.certPem } });
  server = await apiServer({
    aggregation: {
      resolveService: staticResolver({ 'widgets/api': `127.0.0.1:${listener.port}` }),
      proxyClientCertificate: { certPem: client.certPem, keyPem: client.keyPem },
    },
  });
});
afterAll(async () => {
  await server.close({ timeoutMs: 100 });
  await listener.close({ timeoutMs: 100 });
  await extension.close({ timeoutMs: 100 });
});

describe('a server before anything is behind it', () => {
  it('has an APIService for each group version that it serves', async () => {
    const { body } = await call('GET', apiServices);
    const names = body.items.map((item: Json) => item.metadata.name);
    expect(names).toEqual(expect.arrayContaining(['v1.', 'v1.apps', 'v2.autoscaling', 'v1.apiextensions.k8s.io']));
    const core = body.items.find((item: Json) => item.metadata.name === 'v1.');
    expect(core).toMatchObject({
      metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: { version: 'v1', groupPriorityMinimum: 18000, versionPriority: 1 },
      status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' }] },
    });
  });
});

describe('a server behind another', () => {
  it('is available once it answers', async () => {
    expect((await call('POST', apiServices, apiService(caBundle))).status).toBe(201);
    expect(await until(`v1.${group}`, ({ status }) => status === 'True')).toMatchObject({ reason: 'Passed', message: 'all checks passed' });
  });

  it('answers requests that are led on to it, as the user who makes them', async () => {
    const ann: UserInfo = { name: 'änn', groups: ['a,b', 'system:masters'], extra: { 'example.com/Scope%': ['x', 'y'] } };
    expect((await call('POST', widgets, widget('one', { size: 1 }), ann)).status).toBe(201);
    expect(seenUsers.at(-1)).toMatchObject({
      name: 'änn',
      groups: ['a,b', 'system:masters', 'system:authenticated'],
      extra: { 'example.com/scope%': ['x', 'y'] },
    });
    expect((await call('GET', `${widgets}/one`)).body.spec).toEqual({ size: 1 });
  });

  it('passes on long lists and watches as they come', async () => {
    for (let at = 0; at < 30; at++) await call('POST', widgets, widget(`big-${at}`, { text: 'x'.repeat(10_000) }));
    expect((await call('GET', widgets)).body.items).toHaveLength(31);
    const events = server.client().watch<Json>(`${widgets}?fieldSelector=metadata.name=two`);
    await call('POST', widgets, widget('two'));
    expect((await events.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'two' } } });
    await events.return();
  });

  it('is part of discovery, where its priority says', async () => {
    await until(`v1.${group}`, ({ status }) => status === 'True');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const find = async (): Promise<Json> => {
      const answer = await server.client().request({ path: '/apis', headers: { accept } });
      return answer.json<Json>().items.find(({ metadata }: Json) => metadata.name === group);
    };
    await expect.poll(async () => (await find())?.versions[0].freshness).toBe('Current');
    expect((await find()).versions).toMatchObject([{ version: 'v1', resources: [{ resource: 'widgets', scope: 'Namespaced' }] }]);
    const groups = (await call('GET', '/apis')).body.groups.map(({ name }: Json) => name);
    expect(groups[0]).toBe('apiregistration.k8s.io');
    expect(groups.at(-1)).toBe(group);
    expect((await call('GET', `/apis/${group}`)).body.preferredVersion.groupVersion).toBe(`${group}/v1`);
    expect((await call('GET', `/apis/${group}/v1`)).body.resources[0].name).toBe('widgets');
  });

  it('shows its OpenAPI document under the common index', async () => {
    const path = `apis/${group}/v1`;
    await expect.poll(async () => (await call('GET', '/openapi/v3')).body.paths[path]?.serverRelativeURL).toContain(`/openapi/v3/${path}?hash=`);
    expect((await call('GET', `/openapi/v3/${path}`)).body.paths).toHaveProperty([`/apis/${group}/v1/widgets`]);
  });

  it('is a row of a table', async () => {
    const answer = await server.client().request({ path: apiServices, headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } });
    const table = answer.json<Json>();
    expect(table.columnDefinitions.map(({ name }: Json) => name)).toEqual(['Name', 'Service', 'Available', 'Age']);
    const row = table.rows.find(({ cells }: Json) => cells[0] === `v1.${group}`);
    expect(row.cells.slice(0, 3)).toEqual([`v1.${group}`, 'widgets/api', 'True']);
  });

  it('is gone with its APIService', async () => {
    expect((await call('DELETE', `${apiServices}/v1.${group}`)).status).toBe(200);
    expect((await call('GET', widgets)).status).toBe(404);
    expect((await call('GET', '/apis')).body.groups.map(({ name }: Json) => name)).not.toContain(group);
  });
});

describe('a group version of a CustomResourceDefinition', () => {
  it('has an APIService as long as it is served', async () => {
    await call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    expect(await until(`v1.${group}`, () => true)).toMatchObject({ reason: 'Local' });
    expect((await call('GET', `${apiServices}/v1.${group}`)).body.spec).toEqual({ group, version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 });
    await call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`);
    await expect.poll(async () => (await call('GET', `${apiServices}/v1.${group}`)).status).toBe(404);
  });
});
