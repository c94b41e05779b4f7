import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@apiserver-kit/machinery';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, apiServer } from './api-server.js';
import { createCertificateAuthority, issueCertificate } from './certs/x509.js';
import type { InProcessClient } from './in-process.js';

let tls: { key: string; cert: string };
let caBundle: string;
beforeAll(async () => {
  const ca = await createCertificateAuthority();
  const { keyPem, certPem } = await issueCertificate({ ca, subject: { commonName: 'hook' }, sans: ['localhost', 'hook.default.svc'], usages: ['server'] });
  tls = { key: keyPem, cert: certPem };
  caBundle = Buffer.from(ca.certPem).toString('base64');
});

const open: (ApiServer | Server)[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await ('handler' in server ? server.close({ timeoutMs: 0 }) : server.closeAllConnections());
});

/** A webhook that answers as it is told, and what it was asked. */
async function webhook(answer: (request: JsonObject) => JsonObject): Promise<{ port: number; asked: JsonObject[] }> {
  const asked: JsonObject[] = [];
  const server = createServer(tls, (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(body) as { apiVersion: string; request: JsonObject };
      asked.push(review.request);
      response.end(JSON.stringify({ ...review, response: { uid: review.request.uid, ...answer(review.request) } }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  open.push(server);
  return { port: (server.address() as AddressInfo).port, asked };
}

const api = '/apis/admissionregistration.k8s.io/v1';
const rule = { operations: ['CREATE', 'UPDATE', 'DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };

async function start(kind: 'Mutating' | 'Validating', clientConfig: JsonObject, rules = [rule]): Promise<InProcessClient> {
  const server = await apiServer();
  open.push(server);
  const client = server.client();
  const made = await client.request({
    method: 'POST',
    path: `${api}/${kind.toLowerCase()}webhookconfigurations`,
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}WebhookConfiguration`,
      metadata: { name: 'one' },
      webhooks: [{ name: 'one.example.com', clientConfig: { ...clientConfig, caBundle }, rules, sideEffects: 'None', admissionReviewVersions: ['v1'] }],
    },
  });
  expect(made.status).toBe(201);
  return client;
}

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (data: JsonObject = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data });
const patch = (...operations: JsonObject[]): JsonObject => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

describe('webhooks of a server', () => {
  it('refuse, from the moment their configuration is written', async () => {
    const { port, asked } = await webhook(({ operation }) => ({
      allowed: operation !== 'DELETE',
      status: { message: 'keep it', code: 403, reason: 'Forbidden' },
    }));
    const client = await start('Validating', { url: `https://localhost:${port}/` });
    expect((await client.request({ method: 'POST', path: configMaps, body: configMap() })).status).toBe(201);
    expect(asked).toMatchObject([{ operation: 'CREATE', object: { metadata: { name: 'x', uid: expect.any(String) } }, options: { kind: 'CreateOptions' } }]);
    const refused = await client.request({ method: 'DELETE', path: `${configMaps}/x` });
    expect(refused.status).toBe(403);
    expect(refused.json()).toMatchObject({ reason: 'Forbidden', message: 'admission webhook "one.example.com" denied the request: keep it' });
  });

  it('change what is written; it has to fit its kind, and gets its defaults', async () => {
    const { port } = await webhook(({ object }) =>
      (object as JsonObject).data === undefined ? patch({ op: 'add', path: '/data', value: 'text' }) : patch({ op: 'add', path: '/data/seen', value: 'yes' }),
    );
    const client = await start('Mutating', { url: `https://localhost:${port}/` });
    const made = await client.request({ method: 'POST', path: configMaps, body: configMap({ a: 'b' }) });
    expect(made.json()).toMatchObject({ data: { a: 'b', seen: 'yes' } });
    const { data: _, ...bare } = configMap();
    const broken = await client.request({ method: 'POST', path: configMaps, body: { ...bare, metadata: { name: 'y' } } });
    expect(broken.status).toBe(500);
    expect((broken.json() as { message: string }).message).toContain(
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    );
  });

  it('are found by their service', async () => {
    const { port, asked } = await webhook(() => ({ allowed: true }));
    const client = await start('Validating', { service: { name: 'hook', namespace: 'default', port } });
    const missing = await client.request({ method: 'POST', path: configMaps, body: configMap() });
    expect(missing.status).toBe(500);
    expect((missing.json() as { message: string }).message).toBe(
      `Internal error occurred: failed calling webhook "one.example.com": failed to call webhook: Post "https://hook.default.svc:${port}/?timeout=10s": service "hook" not found`,
    );
    const spec = { type: 'ExternalName', externalName: 'localhost' };
    await client.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/services',
      body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec },
    });
    expect((await client.request({ method: 'POST', path: configMaps, body: configMap() })).status).toBe(201);
    expect(asked).toHaveLength(1);
  });

  it('are shown the version they ask for, and are understood in it', async () => {
    const { port, asked } = await webhook(() => patch({ op: 'add', path: '/note', value: 'touched' }));
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['events'] }];
    const client = await start('Mutating', { url: `https://localhost:${port}/` }, rules);
    const metadata = { name: 'x', namespace: 'default' };
    const regarding = { kind: 'Pod', namespace: 'default', name: 'a' };
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata,
      regarding,
      type: 'Normal',
      reason: 'Test',
      action: 'Testing',
      note: 'as written',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/test',
      reportingInstance: 'a',
    };
    const made = await client.request({ method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/default/events', body: event });
    expect(asked).toMatchObject([
      {
        kind: { group: '', version: 'v1', kind: 'Event' },
        requestKind: { group: 'events.k8s.io' },
        object: { apiVersion: 'v1', message: 'as written', involvedObject: regarding },
      },
    ]);
    expect(made.status).toBe(201);
  });
});

describe('the plugins of a server', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [{ name: 'app', image: 'app' }] } };
  const startWith = async (...enableAdmissionPlugins: string[]): Promise<InProcessClient> => {
    const server = await apiServer({ enableAdmissionPlugins });
    open.push(server);
    return server.client();
  };
  const create = (client: InProcessClient, path: string, body: unknown) => client.request({ method: 'POST', path, body });

  it('fill in pods by the limits of their namespace, which count from when they are written', async () => {
    const client = await startWith();
    const limits = [{ type: 'Container', defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }];
    await create(client, '/api/v1/namespaces/default/limitranges', { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'r' }, spec: { limits } });
    const made = (await create(client, '/api/v1/namespaces/default/pods', pod)).json() as { spec: JsonObject };
    expect(made.spec.containers).toMatchObject([{ resources: { requests: { cpu: '100m' }, limits: { cpu: '1' } } }]);
    expect(made.spec.tolerations).toHaveLength(2);
    const large = { ...pod, metadata: { name: 'y' }, spec: { containers: [{ name: 'app', image: 'app', resources: { limits: { cpu: '2' } } }] } };
    const refused = await create(client, '/api/v1/namespaces/default/pods', large);
    expect(refused.json()).toMatchObject({ code: 403, message: 'pods "y" is forbidden: maximum cpu usage per Container is 1, but limit is 2' });
  });

  it('make namespaces where that is wished', async () => {
    const client = await startWith('NamespaceAutoProvision');
    expect((await create(client, '/api/v1/namespaces/fresh/configmaps', configMap())).status).toBe(201);
    expect((await client.request({ path: '/api/v1/namespaces/fresh' })).json()).toMatchObject({ status: { phase: 'Active' } });
  });
});

describe('the policies of a server', () => {
  const policyApi = '/apis/admissionregistration.k8s.io/v1';
  const matchConstraints = { resourceRules: [{ ...rule, operations: ['CREATE', 'UPDATE'] }] };
  const startWith = async (): Promise<InProcessClient> => {
    const server = await apiServer();
    open.push(server);
    return server.client();
  };
  const put = async (client: InProcessClient, kind: string, plural: string, spec: JsonObject): Promise<void> => {
    const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: 'one' }, spec };
    const made = await client.request({ method: 'POST', path: `${policyApi}/${plural}`, body });
    expect(made.json()).toMatchObject({ kind });
  };

  it('refuse by their parameters, from the moment they are bound', async () => {
    const client = await startWith();
    const validations = [{ expression: 'size(object.data) <= int(params.data.max)', messageExpression: "'at most ' + params.data.max" }];
    await client.request({ method: 'POST', path: configMaps, body: { ...configMap({ max: '1' }), metadata: { name: 'limit' } } });
    await put(client, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', {
      matchConstraints,
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations,
    });
    const paramRef = { name: 'limit', namespace: 'default', parameterNotFoundAction: 'Deny' };
    await put(client, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', { policyName: 'one', validationActions: ['Deny'], paramRef });
    const refused = await client.request({ method: 'POST', path: configMaps, body: configMap({ a: '1', b: '2' }) });
    expect(refused.json()).toMatchObject({
      code: 422,
      message: "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'one' with binding 'one' denied request: at most 1",
    });
    expect((await client.request({ method: 'POST', path: configMaps, body: configMap({ a: '1' }) })).status).toBe(201);
  });

  it('change what is written, by the schema of its kind', async () => {
    const client = await startWith();
    const pods = { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }] };
    const expression = 'Object{spec: Object.spec{containers: [Object.spec.containers{name: "sidecar", image: "sidecar"}]}}';
    await put(client, 'MutatingAdmissionPolicy', 'mutatingadmissionpolicies', {
      matchConstraints: pods,
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    });
    await put(client, 'MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', { policyName: 'one' });
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [{ name: 'app', image: 'app' }] } };
    const made = (await client.request({ method: 'POST', path: '/api/v1/namespaces/default/pods', body: pod })).json() as { spec: JsonObject };
    expect(made.spec.containers).toMatchObject([
      { name: 'app', image: 'app' },
      { name: 'sidecar', image: 'sidecar', imagePullPolicy: 'Always' },
    ]);
  });
});

describe('conditions of webhooks', () => {
  it('keep requests from a webhook', async () => {
    const { port, asked } = await webhook(() => ({ allowed: true }));
    const server = await apiServer();
    open.push(server);
    const client = server.client();
    const matchConditions = [{ name: 'named-y', expression: "object.metadata.name == 'y'" }];
    const hook = {
      name: 'one.example.com',
      clientConfig: { url: `https://localhost:${port}/`, caBundle },
      rules: [rule],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    const body = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'one' },
      webhooks: [{ ...hook, matchConditions }],
    };
    await client.request({ method: 'POST', path: `${api}/validatingwebhookconfigurations`, body });
    for (const name of ['x', 'y']) await client.request({ method: 'POST', path: configMaps, body: { ...configMap(), metadata: { name } } });
    expect(asked).toMatchObject([{ name: 'y' }]);
  });
});

describe('the Pod Security Standards', () => {
  it('count in the namespaces whose labels ask for them', async () => {
    const server = await apiServer();
    open.push(server);
    const client = server.client();
    const create = (path: string, body: JsonObject) => client.request({ method: 'POST', path, body });
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { hostNetwork: true, containers: [{ name: 'app', image: 'app' }] } };
    expect((await create('/api/v1/namespaces/default/pods', pod)).json()).toMatchObject({ spec: { priority: 0 } });
    const label = { op: 'add', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'baseline' };
    const headers = { 'content-type': 'application/json-patch+json' };
    const labelled = await client.request({ method: 'PATCH', path: '/api/v1/namespaces/default', headers, body: [label] });
    expect(labelled.headers.warning).toContain('existing pods in namespace');
    expect((await create('/api/v1/namespaces/default/pods', { ...pod, metadata: { name: 'y' } })).json()).toMatchObject({
      code: 403,
      message: 'pods "y" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    });
  });
});

describe('ServiceAccount', () => {
  it('runs where it is enabled, and wants accounts to be there', async () => {
    const server = await apiServer({ enableAdmissionPlugins: ['ServiceAccount'] });
    open.push(server);
    const client = server.client();
    const pods = '/api/v1/namespaces/default/pods';
    const pod = (serviceAccountName: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x' },
      spec: { serviceAccountName, containers: [{ name: 'app', image: 'app' }] },
    });
    const refused = await client.request({ method: 'POST', path: pods, body: pod('robot') });
    expect(refused.json()).toMatchObject({
      code: 403,
      message: 'pods "x" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
    });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
    await client.request({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body: account });
    expect((await client.request({ method: 'POST', path: pods, body: pod('robot') })).status).toBe(201);
  });
});
