import { staticResolver } from '@apiserver-kit/aggregator';
import { apiServer, createCertificateAuthority, issueCertificate } from '@apiserver-kit/server';
import { expect, it } from 'vitest';
import { extensionServer } from './extension-server.js';

it('serves widgets to users of the API server in front', async () => {
  const ca = await createCertificateAuthority();
  const serving = await issueCertificate({ ca, subject: { commonName: 'api' }, sans: ['api.widgets.svc'], usages: ['server'] });
  const client = await issueCertificate({ ca, subject: { commonName: 'front-proxy' }, usages: ['client'] });
  const extension = await extensionServer({ serving: { key: serving.keyPem, cert: serving.certPem }, frontProxyCA: ca.certPem }, 0);
  const resolveService = staticResolver({ 'widgets/api': `127.0.0.1:${extension.listener.port}` });
  const front = await apiServer({ aggregation: { resolveService, proxyClientCertificate: client } });
  const ask = async (method: string, path: string, body?: unknown) => (await front.client().request({ method, path, body })).status;
  const spec = {
    group: 'widget.example.com',
    version: 'v1beta1',
    service: { namespace: 'widgets', name: 'api' },
    caBundle: Buffer.from(ca.certPem).toString('base64'),
    groupPriorityMinimum: 2000,
    versionPriority: 100,
  };
  const metadata = { name: 'v1beta1.widget.example.com' };
  await ask('POST', '/apis/apiregistration.k8s.io/v1/apiservices', { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata, spec });

  const widgets = '/apis/widget.example.com/v1beta1/namespaces/default/widgets';
  await expect.poll(() => ask('GET', widgets)).toBe(200);
  const widget = (size: number) => ({ apiVersion: 'widget.example.com/v1beta1', kind: 'Widget', metadata: { name: 'one' }, spec: { size } });
  expect(await ask('POST', widgets, widget(0))).toBe(422);
  expect(await ask('POST', widgets, widget(1))).toBe(201);

  await front.close({ timeoutMs: 0 });
  await extension.listener.close({ timeoutMs: 0 });
  await extension.server.close({ timeoutMs: 0 });
});
