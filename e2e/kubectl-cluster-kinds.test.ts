import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl } from './environment.js';
import { deployment, pod } from './manifests.js';

const columns = (table: string): string[] =>
  table
    .split('\n')[1]!
    .trim()
    .split(/\s{2,}/);

describe.skipIf(!hasKubectl)('kubectl with the kinds around workloads', () => {
  const c = cluster();

  it('creates and shows disruption budgets, ingresses, priority classes and autoscalers', async () => {
    await c.kubectl('create pdb web --selector=app=web --min-available=1');
    expect(columns(await c.kubectl('get pdb'))).toEqual(['web', '1', 'N/A', '0', expect.any(String)]);
    await c.kubectl(['create', 'ingress', 'web', '--class=nginx', '--rule=web.example.com/*=web:80']);
    expect(columns(await c.kubectl('get ing')).slice(0, 3)).toEqual(['web', 'nginx', 'web.example.com']);
    await c.kubectl('create priorityclass high --value=1000');
    expect(columns(await c.kubectl('get pc')).slice(0, 3)).toEqual(['high', '1000', 'false']);
    await c.kubectl(['create', '-f', c.file('web.json', deployment('web', 1))]);
    await c.kubectl('autoscale deployment web --min=1 --max=3 --cpu=50%').catch(() => c.kubectl('autoscale deployment web --min=1 --max=3 --cpu-percent=50'));
    expect(columns(await c.kubectl('get hpa')).slice(0, 3)).toEqual(['web', 'Deployment/web', 'cpu: <unknown>/50%']);
    expect(await c.kubectl('explain hpa.spec.metrics --api-version=autoscaling/v2')).toContain('metrics');
  });

  it('describes them', async () => {
    expect(await c.kubectl('describe hpa web')).toContain('Min replicas:');
    expect(await c.kubectl('describe ing web')).toContain('web.example.com');
    expect(await c.kubectl('describe pdb web')).toContain('Min available:  1');
  });

  it('drain evicts the pods of a node, as far as budgets allow', async () => {
    await c.kubectl(['create', '-f', c.file('node.json', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })]);
    const placed = (name: string, labels: Record<string, string>) => {
      const one = pod(name, labels);
      return { ...one, spec: { ...one.spec, nodeName: 'n1', terminationGracePeriodSeconds: 0 } };
    };
    await c.kubectl(['create', '-f', c.file('free.json', placed('free', { app: 'free' }))]);
    await c.kubectl(['create', '-f', c.file('kept.json', placed('kept', { app: 'web' }))]);
    await c.kubectl([
      ...['patch', 'pod', 'kept', '--subresource=status', '--type=merge', '-p'],
      JSON.stringify({ status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
    ]);
    // What the disruption controller would say.
    const counted = { status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 } };
    await c.kubectl(['patch', 'pdb', 'web', '--subresource=status', '--type=merge', '-p', JSON.stringify(counted)]);
    const { code, stderr, stdout } = await c.run(['drain', 'n1', '--force', '--timeout=2s']);
    expect(stdout + stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(code).not.toBe(0);
    expect((await c.kubectl('get pods -o name')).trim().split('\n')).toEqual(['pod/kept']);
    await c.kubectl('delete pdb web');
    await c.kubectl('drain n1 --force --timeout=20s');
    expect(await c.kubectl('get pods -o name')).toBe('');
  });

  it('logs, exec and port-forward say that a pod has no node', async () => {
    await c.kubectl(['create', '-f', c.file('idle.json', pod('idle', { app: 'idle' }))]);
    expect(await c.kubectl('logs idle')).toBe('');
    expect((await c.run(['exec', 'idle', '--', 'ls'])).stderr).toContain('pod idle does not have a host assigned');
    expect((await c.run(['port-forward', 'pod/idle', '1:1'])).code).not.toBe(0);
  });

  it('certificate approve decides on a request', async () => {
    const request = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'ann' },
      spec: { request: signingRequest(), signerName: 'example.com/signer', usages: ['client auth'] },
    };
    await c.kubectl(['create', '-f', c.file('csr.json', request)]);
    expect(await c.kubectl('get csr')).toMatch(/ann .*example\.com\/signer .*Pending/);
    await c.kubectl('certificate approve ann');
    expect(await c.kubectl('get csr')).toMatch(/ann .*Approved/);
    expect(await c.kubectl('describe csr ann')).toContain('Approved');
  });
});

/** PKCS #10, without a subject. */
function signingRequest(): string {
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    const length =
      content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const info = der(0x30, der(0x02, Buffer.from([0])), der(0x30), publicKey.export({ type: 'spki', format: 'der' }), der(0xa0));
  const algorithm = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const body = der(0x30, info, algorithm, der(0x03, Buffer.from([0]), sign('sha256', info, privateKey))).toString('base64');
  return Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`).toString('base64');
}
