import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type TestApi, testApi } from './fixtures.js';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api[Symbol.asyncDispose]());

const namespaced = (group: string, plural: string, version = 'v1'): string => `/apis/${group}/${version}/namespaces/default/${plural}`;
const clustered = (group: string, plural: string): string => `/apis/${group}/v1/${plural}`;
const object = (apiVersion: string, kind: string, body: Json, metadata: Json = {}): Json => ({
  apiVersion,
  kind,
  metadata: { name: 'x', ...metadata },
  ...body,
});

async function created(path: string, body: Json): Promise<Json> {
  const answer = await api.ask('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}
const faults = async (path: string, body: Json, method = 'POST'): Promise<string[]> => {
  const answer = await api.ask(method, method === 'POST' ? path : `${path}/x`, body);
  expect(answer.status).toBe(422);
  return answer.body.details.causes.map(({ field, message }: Json) => `${field}: ${message}`);
};
const row = async (path: string): Promise<Json[]> => {
  const { body } = await api.ask('GET', `${path}/x`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  return body.rows[0].cells;
};
const keys = async (): Promise<string[]> => (await api.storage.list('/registry/')).kvs.map(({ key }) => key);

describe('a PodDisruptionBudget', () => {
  const path = namespaced('policy', 'poddisruptionbudgets');
  const budget = (spec: Json): Json => object('policy/v1', 'PodDisruptionBudget', { spec });

  it('keeps count of its generation and shows what it allows', async () => {
    expect((await created(path, budget({ minAvailable: '50%', selector: { matchLabels: { a: 'b' } } }))).metadata.generation).toBe(1);
    expect(await row(path)).toEqual(['x', '50%', 'N/A', 0, '0s']);
    expect(await keys()).toEqual(['/registry/poddisruptionbudgets/default/x']);
  });
  it('has one limit, which is a number or a percentage', async () => {
    expect(await faults(path, budget({ minAvailable: 1, maxUnavailable: '200%' }))).toEqual([
      expect.stringMatching(/^spec: .*minAvailable and maxUnavailable cannot be both set$/),
      'spec.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
    ]);
    expect(await faults(path, budget({ unhealthyPodEvictionPolicy: 'No' }))).toEqual([
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "No": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ]);
  });
  it('is replaced only by who has seen it', async () => {
    await created(path, budget({}));
    expect(await faults(path, budget({}), 'PUT')).toEqual([expect.stringContaining('metadata.resourceVersion')]);
  });
});

describe('an Ingress', () => {
  const path = namespaced('networking.k8s.io', 'ingresses');
  const service = { service: { name: 's', port: { number: 80 } } };
  const ingress = (spec: Json, metadata: Json = {}): Json => object('networking.k8s.io/v1', 'Ingress', { spec }, metadata);
  const rule = (one: Json, host = 'a.example.com'): Json => ({ host, http: { paths: [one] } });

  it('is shown with its hosts and its address', async () => {
    await created(
      path,
      ingress({ ingressClassName: 'nginx', rules: [rule({ path: '/', pathType: 'Prefix', backend: service })], tls: [{ hosts: ['a.example.com'] }] }),
    );
    await api.ask('PATCH', `${path}/x/status`, { status: { loadBalancer: { ingress: [{ ip: '10.1.2.3' }] } } });
    expect(await row(path)).toEqual(['x', 'nginx', 'a.example.com', '10.1.2.3', '80, 443', '0s']);
    expect(await keys()).toEqual(['/registry/ingress/default/x']);
  });
  it('is told that its class has a field now', async () => {
    const { warnings } = await api.ask('POST', path, ingress({ defaultBackend: service }, { annotations: { 'kubernetes.io/ingress.class': 'nginx' } }));
    expect(warnings).toEqual([`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]);
  });
  it('says where requests go', async () => {
    expect(await faults(path, ingress({}))).toEqual(['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']);
    const bad = [rule({ path: 'a//b', pathType: 'Prefix', backend: {} }), rule({ backend: service }, '10.0.0.1')];
    expect(await faults(path, ingress({ rules: bad }))).toEqual([
      'spec.rules[0].http.paths[0].path: Invalid value: "a//b": must be an absolute path',
      `spec.rules[0].http.paths[0].path: Invalid value: "a//b": must not contain '//'`,
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
      'spec.rules[1].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
      'spec.rules[1].http.paths[0].pathType: Required value: pathType must be specified',
    ]);
  });
});

describe('an IngressClass', () => {
  const path = clustered('networking.k8s.io', 'ingressclasses');
  const ingressClass = (spec: Json): Json => object('networking.k8s.io/v1', 'IngressClass', { spec });

  it('refers to parameters of the cluster by default', async () => {
    const { spec } = await created(path, ingressClass({ controller: 'example.com/c', parameters: { apiGroup: 'g.io', kind: 'K', name: 'n' } }));
    expect(spec.parameters.scope).toBe('Cluster');
    expect(await row(path)).toEqual(['x', 'example.com/c', 'K.g.io/n', '0s']);
    expect(await faults(path, ingressClass({ controller: 'example.com/d' }), 'PUT')).toEqual([
      'spec.controller: Invalid value: "example.com/d": field is immutable',
    ]);
  });
  it('names its controller by a domain', async () => {
    expect(await faults(path, ingressClass({ controller: 'c' }))).toEqual([
      'spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")',
    ]);
  });
});

describe('a NetworkPolicy', () => {
  const path = namespaced('networking.k8s.io', 'networkpolicies');
  const policy = (spec: Json): Json => object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, ...spec } });

  it('is of the directions that it has rules for, and always of ingress', async () => {
    const { spec } = await created(path, policy({ podSelector: { matchLabels: { a: 'b' } }, egress: [{ ports: [{ port: 53 }] }] }));
    expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ protocol: 'TCP', port: 53 }] }] });
    expect(await row(path)).toEqual(['x', 'a=b', '0s']);
  });
  it('knows what a peer and a range are', async () => {
    const from = [{}, { ipBlock: { cidr: '10.0.0.1/8' } }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8', 'x'] }, podSelector: {} }];
    expect(await faults(path, policy({ ingress: [{ from, ports: [{ port: 80, endPort: 79 }, { endPort: 1 }] }] }))).toEqual([
      'spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`',
      'spec.ingress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is not specified',
      'spec.ingress[0].from[0]: Required value: must specify a peer',
      'spec.ingress[0].from[1].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'spec.ingress[0].from[2].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
      'spec.ingress[0].from[2].ipBlock.except[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.ingress[0].from[2]: Forbidden: may not specify both ipBlock and another peer',
    ]);
  });
});

describe('a StorageClass', () => {
  const path = clustered('storage.k8s.io', 'storageclasses');
  const storageClass = (body: Json): Json => object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'example.com/p', ...body });

  it('deletes and binds at once by default, and is shown when it goes', async () => {
    expect(await created(path, storageClass({}))).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
    expect(await row(path)).toEqual(['x', 'example.com/p', 'Delete', 'Immediate', false, '0s']);
    expect(await faults(path, storageClass({ provisioner: 'other' }), 'PUT')).toEqual(['provisioner: Invalid value: "other": field is immutable']);
    expect((await api.ask('DELETE', `${path}/x`)).body.kind).toBe('StorageClass');
  });
  it('has a provisioner and policies that there are', async () => {
    expect(await faults(path, storageClass({ provisioner: '', reclaimPolicy: 'Recycle', volumeBindingMode: 'Later' }))).toEqual([
      'provisioner: Required value',
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    ]);
  });
});

describe('a PriorityClass', () => {
  const path = clustered('scheduling.k8s.io', 'priorityclasses');
  const priorityClass = (body: Json, name = 'x'): Json => object('scheduling.k8s.io/v1', 'PriorityClass', body, { name });

  it('keeps its value', async () => {
    expect(await created(path, priorityClass({ value: 7 }))).toMatchObject({ metadata: { generation: 1 }, preemptionPolicy: 'PreemptLowerPriority' });
    expect(await row(path)).toEqual(['x', 7, false, '0s', 'PreemptLowerPriority']);
    expect(await faults(path, priorityClass({ value: 8 }), 'PUT')).toEqual(['value: Forbidden: may not be changed in an update.']);
  });
  it('leaves the highest values and the names of the system to the system', async () => {
    expect(await faults(path, priorityClass({ value: 1_000_000_001 }))).toEqual([
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ]);
    expect(await faults(path, priorityClass({ value: 1 }, 'system-node-critical'))).toEqual([
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
    ]);
    await created(path, priorityClass({ value: 2_000_001_000 }, 'system-node-critical'));
    expect((await api.ask('DELETE', `${path}/system-node-critical`)).body.message).toBe(
      'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
    );
  });
});

describe('a RuntimeClass', () => {
  const path = clustered('node.k8s.io', 'runtimeclasses');
  it('has a handler, and keeps it', async () => {
    const runtimeClass = (handler: string): Json => object('node.k8s.io/v1', 'RuntimeClass', { handler });
    expect(await faults(path, runtimeClass(''))).toEqual(['handler: Required value']);
    const { metadata } = await created(path, runtimeClass('runsc'));
    expect(await row(path)).toEqual(['x', 'runsc', '0s']);
    const other = { ...runtimeClass('other'), metadata: { name: 'x', resourceVersion: metadata.resourceVersion } };
    expect(await faults(path, other, 'PUT')).toEqual(['handler: Invalid value: "other": field is immutable']);
  });
});

describe('an EndpointSlice', () => {
  const path = namespaced('discovery.k8s.io', 'endpointslices');
  const slice = (body: Json): Json => object('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4', endpoints: [], ...body });

  it('counts its generation with its labels, and shows a few addresses', async () => {
    const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
    const { ports } = await created(path, slice({ endpoints: [{ addresses }], ports: [{ port: 80 }] }));
    expect(ports).toEqual([{ name: '', protocol: 'TCP', port: 80 }]);
    expect(await row(path)).toEqual(['x', 'IPv4', '80', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', '0s']);
    expect((await api.ask('PATCH', `${path}/x`, { metadata: { labels: { a: 'b' } } })).body.metadata.generation).toBe(2);
    expect((await api.ask('PATCH', `${path}/x`, { metadata: { annotations: { a: 'b' } } })).body.metadata.generation).toBe(2);
  });
  it('has addresses of its type that traffic can go to', async () => {
    const endpoints = [{ addresses: ['127.0.0.1', '::2', '010.0.0.1', 'x'] }, { addresses: [] }];
    expect(await faults(path, slice({ endpoints, ports: [{ protocol: 'X' }, {}] }))).toEqual([
      'ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      'ports[1].name: Duplicate value: ""',
      'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[0].addresses: Invalid value: "::2": must be an IPv4 address',
      'endpoints[0].addresses[2]: Invalid value: "010.0.0.1": must not have leading 0s',
      'endpoints[0].addresses[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
    ]);
  });
});

describe('a HorizontalPodAutoscaler', () => {
  const [v1, v2] = [namespaced('autoscaling', 'horizontalpodautoscalers'), namespaced('autoscaling', 'horizontalpodautoscalers', 'v2')];
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
  const autoscaler = (spec: Json, version = 'v2'): Json =>
    object(`autoscaling/${version}`, 'HorizontalPodAutoscaler', { spec: { scaleTargetRef, maxReplicas: 5, ...spec } });
  const cpu = (averageUtilization: number): Json => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } });

  it('scales by the processor by default, and fills in a behavior that is begun', async () => {
    const { spec, metadata } = await created(v2, autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 10 } } }));
    expect(metadata.generation).toBe(1);
    expect(spec).toMatchObject({ minReplicas: 1, metrics: [cpu(80)] });
    expect(spec.behavior.scaleDown).toEqual({
      stabilizationWindowSeconds: 10,
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    });
    expect(spec.behavior.scaleUp.policies).toHaveLength(2);
    expect(await row(v2)).toEqual(['x', 'Deployment/d', 'cpu: <unknown>/80%', '1', 5, 0, '0s']);
  });
  it('is the same in both versions, and stored once', async () => {
    const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } } };
    const pods = { type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } } };
    const { spec } = await created(v2, autoscaler({ metrics: [memory, cpu(50), pods], behavior: {} }));
    expect(await keys()).toEqual(['/registry/horizontalpodautoscalers/default/x']);
    const { body: old } = await api.ask('GET', `${v1}/x`);
    expect(old.spec).toEqual({ scaleTargetRef, minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 50 });
    expect(JSON.parse(old.metadata.annotations['autoscaling.alpha.kubernetes.io/metrics'])).toEqual([
      { type: 'Resource', resource: { name: 'memory', targetAverageValue: '100Mi' } },
      { type: 'Pods', pods: { metricName: 'qps', targetAverageValue: '10' } },
    ]);
    // What it cannot say in fields comes back from its annotations.
    await api.ask('PUT', `${v1}/x`, old);
    const { body: again } = await api.ask('GET', `${v2}/x`);
    expect(again.metadata.annotations).toBeUndefined();
    expect(again.spec.behavior).toEqual(spec.behavior);
    expect(again.spec.metrics).toEqual([memory, pods, cpu(50)]);
  });
  it('written in the old version is read in the new', async () => {
    await created(v1, autoscaler({ targetCPUUtilizationPercentage: 60 }, 'v1'));
    expect((await api.ask('GET', `${v2}/x`)).body.spec.metrics).toEqual([cpu(60)]);
    expect(await row(v1)).toEqual(['x', 'Deployment/d', 'cpu: <unknown>/60%', '1', 5, 0, '0s']);
  });
  it('has limits, a target with a group, and metrics that say one thing', async () => {
    const target = { apiVersion: 'v1', kind: 'Deployment', name: 'd' };
    const both = { type: 'Pods', pods: { metric: { name: '' }, target: { type: 'Value' } }, resource: { name: 'cpu', target: { type: 'Value' } } };
    expect(await faults(v2, autoscaler({ scaleTargetRef: target, minReplicas: 9, maxReplicas: 2, metrics: [both] }))).toEqual([
      'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
      'spec.metrics[0].pods.metric.name: Required value: must specify a metric name',
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
      'spec.metrics[0].resource: Forbidden: must populate the given metric source only',
    ]);
    expect(await faults(v2, autoscaler({ minReplicas: 0 }))).toEqual([
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ]);
  });
});

/** DER, as far as a request for a certificate needs it. */
const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

function signingRequest(privateKey: KeyObject, spki: Buffer): string {
  const info = der(0x30, der(0x02, Buffer.from([0])), der(0x30), spki, der(0xa0));
  const algorithm = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const signature = der(0x03, Buffer.from([0]), sign('sha256', info, privateKey));
  const body = der(0x30, info, algorithm, signature).toString('base64');
  return Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`).toString('base64');
}

describe('a CertificateSigningRequest', () => {
  const path = clustered('certificates.k8s.io', 'certificatesigningrequests');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const request = signingRequest(privateKey, publicKey.export({ type: 'spki', format: 'der' }));
  const csr = (spec: Json = {}): Json =>
    object('certificates.k8s.io/v1', 'CertificateSigningRequest', { spec: { request, signerName: 'example.com/signer', usages: ['client auth'], ...spec } });
  const user = { name: 'ann', uid: '7', groups: ['g'], extra: { scope: ['s'] } };
  const approved = { type: 'Approved', status: 'True', reason: 'Fine' };

  it('says who asks, whatever it says', async () => {
    const { status, body } = await api.ask('POST', path, csr({ username: 'root', groups: ['system:masters'], expirationSeconds: 7200 }), {}, user);
    expect(status).toBe(201);
    expect(body.spec).toMatchObject({ username: 'ann', uid: '7', groups: ['g'], extra: { scope: ['s'] } });
    expect(body.status).toEqual({});
    expect(await row(path)).toEqual(['x', '0s', 'example.com/signer', 'ann', '120m', 'Pending']);
  });
  it('is signed by its own key', async () => {
    const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = signingRequest(other, publicKey.export({ type: 'spki', format: 'der' }));
    expect(await faults(path, csr({ request: forged }))).toEqual([expect.stringMatching(/^spec.request: /)]);
    expect(await faults(path, csr({ request: Buffer.from('x').toString('base64'), usages: ['x', 'x'], signerName: 's' }))).toEqual([
      expect.stringMatching(/^spec.request: .*: PEM block type must be CERTIFICATE REQUEST$/),
      expect.stringMatching(/^spec.usages\[0\]: Unsupported value: "x"/),
      expect.stringMatching(/^spec.usages\[1\]: Unsupported value: "x"/),
      'spec.usages[1]: Duplicate value: "x"',
      `spec.signerName: Invalid value: "s": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
    ]);
  });
  it('is approved through its own door, once and for all', async () => {
    await created(path, csr());
    expect((await api.ask('PATCH', `${path}/x/status`, { status: { conditions: [approved] } })).body.message).toContain(
      'updates may not add a condition of type "Approved"',
    );
    const { status, body } = await api.ask('PATCH', `${path}/x/approval`, { status: { conditions: [approved], certificate: 'aGk=' } });
    expect(status).toBe(200);
    expect(body.status).toEqual({ conditions: [{ ...approved, lastUpdateTime: expect.any(String), lastTransitionTime: expect.any(String) }] });
    expect((await api.ask('PATCH', `${path}/x/approval`, { status: { conditions: [] } })).body.message).toContain(
      'updates may not remove a condition of type "Approved"',
    );
    expect((await api.ask('PATCH', `${path}/x/approval`, { status: { conditions: [approved, { type: 'Denied', status: 'True' }] } })).body.message).toContain(
      'Approved and Denied conditions are mutually exclusive',
    );
    expect((await row(path)).at(-1)).toBe('Approved');
  });
  it('is answered with certificates', async () => {
    await created(path, csr());
    expect((await api.ask('PATCH', `${path}/x/status`, { status: { certificate: 'aGk=' } })).body.message).toContain(
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    );
  });
  it('can be selected by its signer', async () => {
    await created(path, csr());
    expect((await api.ask('GET', `${path}?fieldSelector=spec.signerName%3Dexample.com/signer`)).body.items).toHaveLength(1);
    expect((await api.ask('GET', `${path}?fieldSelector=spec.signerName%3Dother`)).body.items).toHaveLength(0);
  });
});
