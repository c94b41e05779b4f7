import { createCertificateAuthority, issueCertificate } from '@apiserver-kit/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extensionServer } from '../examples/extension-server/extension-server.js';
import { cluster, hasKubectl, until } from './environment.js';

describe.skipIf(!hasKubectl)('kubectl and an API server behind this one', async () => {
  const ca = await createCertificateAuthority();
  const serving = await issueCertificate({ ca, subject: { commonName: 'api' }, sans: ['api.widgets.svc'], usages: ['server'] });
  const proxyClient = await issueCertificate({ ca, subject: { commonName: 'front-proxy' }, usages: ['client'] });
  let extension: Awaited<ReturnType<typeof extensionServer>>;
  const c = cluster((it) => ({
    args: [`--proxy-client-cert-file=${it.file('proxy.crt', proxyClient.certPem)}`, `--proxy-client-key-file=${it.file('proxy.key', proxyClient.keyPem)}`],
  }));
  const apiService = 'v1beta1.widget.example.com';
  const apply = (object: unknown) => c.kubectl('apply -f -', { input: object });

  beforeAll(async () => {
    extension = await extensionServer({ serving: { key: serving.keyPem, cert: serving.certPem }, frontProxyCA: ca.certPem }, 0);
  });
  afterAll(async () => {
    await extension.listener.close({ timeoutMs: 0 });
    await extension.server.close({ timeoutMs: 0 });
  });

  it('get apiservices says why a server is not available', async () => {
    const spec = {
      group: 'widget.example.com',
      version: 'v1beta1',
      service: { namespace: 'widgets', name: 'api', port: extension.listener.port },
      caBundle: Buffer.from(ca.certPem).toString('base64'),
      groupPriorityMinimum: 2000,
      versionPriority: 100,
    };
    await apply({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: apiService }, spec });
    await c.kubectl(`wait --for=condition=Available=false apiservice/${apiService} --timeout=10s`);
    expect(await c.kubectl(`get apiservice ${apiService}`)).toMatch(
      /^NAME +SERVICE +AVAILABLE +AGE\nv1beta1\.widget\.example\.com +widgets\/api +False \(ServiceNotFound\) +\d+s\n$/,
    );
    expect((await c.run(['get', '--raw', '/apis/widget.example.com/v1beta1'])).stderr).toContain('currently unable to handle the request');
  });

  it('and that it is, once its service is there', async () => {
    await c.kubectl('create namespace widgets');
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api', namespace: 'widgets' },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    });
    await c.kubectl(`wait --for=condition=Available apiservice/${apiService} --timeout=20s`);
    expect(await c.kubectl('get apiservices')).toMatch(/v1beta1\.widget\.example\.com +widgets\/api +True /);
    expect(await c.kubectl('get apiservices')).toMatch(/v1\.apps +Local +True /);
  });

  it('get --raw lists the group, and api-resources its resources', async () => {
    const raw = JSON.parse(await c.kubectl('get --raw /apis/widget.example.com')) as object;
    expect(raw).toMatchObject({ kind: 'APIGroup', name: 'widget.example.com', preferredVersion: { version: 'v1beta1' } });
    await until(async () => (await c.kubectl('api-resources --cached=false')).includes('widgets'));
    expect(await c.kubectl('api-resources --api-group=widget.example.com -o name')).toBe('widgets.widget.example.com\n');
  });

  it('objects are created, explained, applied and deleted as any others', async () => {
    const widget = (size: number) => ({ apiVersion: 'widget.example.com/v1beta1', kind: 'Widget', metadata: { name: 'one' }, spec: { size } });
    expect(await apply(widget(1))).toBe('widget.widget.example.com/one created\n');
    expect(await apply(widget(2))).toBe('widget.widget.example.com/one configured\n');
    expect(await c.kubectl('get widget one -o jsonpath={.spec.size}')).toBe('2');
    await until(async () => (await c.run(['explain', 'widget.spec'])).code === 0);
    expect(await c.kubectl('explain widget.spec')).toContain('size\t<integer>');
    expect(await c.kubectl('delete widget one')).toContain('"one" deleted');
  });
});
