import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cluster, until } from './environment.js';
import { HttpClient } from './http.js';

const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  resources: [{ group: "", resources: [secrets] }]
- level: RequestResponse
  verbs: [create]
  resources: [{ group: "", resources: [configmaps] }]
- level: None
`;

interface Line {
  readonly level: string;
  readonly auditID: string;
  readonly requestURI: string;
  readonly requestObject?: { readonly data?: unknown };
  readonly user: { readonly username: string };
}

const c = cluster((it) => ({ args: [`--audit-policy-file=${it.file('policy.yaml', policy)}`, `--audit-log-path=${join(it.directory, 'audit.log')}`] }));

it('writes down what the policy asks for, and under the id that the client is told', async () => {
  const client = new HttpClient(c.server.url, c.server.credentials());
  const body = (kind: string) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'one' },
    ...(kind === 'Secret' ? { stringData: { a: 'hidden' } } : { data: { a: 'b' } }),
  });
  expect((await client.ask('/api/v1/namespaces/default/secrets', { method: 'POST', body: body('Secret') })).status).toBe(201);
  expect((await client.ask('/api/v1/namespaces/default/configmaps', { method: 'POST', body: body('ConfigMap') })).status).toBe(201);
  expect((await client.ask('/api/v1/namespaces/default/configmaps/one')).status).toBe(200);
  const { headers } = await client.ask('/api/v1/namespaces/default/secrets/one', { headers: { 'audit-id': 'mine' } });
  expect(headers['audit-id']).toBe('mine');
  const text = (): string => readFileSync(join(c.directory, 'audit.log'), 'utf8');
  await until(async () => text().includes('"auditID":"mine"'));
  expect(text()).not.toContain('hidden');
  const lines = text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ user }) => user.username === 'kubernetes-admin' || user.username === 'admin');
  expect(lines.map(({ level, requestURI, requestObject }) => ({ level, requestURI, data: requestObject?.data }))).toEqual([
    { level: 'Metadata', requestURI: '/api/v1/namespaces/default/secrets', data: undefined },
    { level: 'RequestResponse', requestURI: '/api/v1/namespaces/default/configmaps', data: { a: 'b' } },
    { level: 'Metadata', requestURI: '/api/v1/namespaces/default/secrets/one', data: undefined },
  ]);
});
