import { type ApiServer, apiServer } from '@apiserver-kit/server';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

const secrets = '/api/v1/namespaces/team/secrets';
const prepared = memoryStorage();
let server: ApiServer;

// What all tests start from is made once; each has a fork of it, which takes no time.
beforeAll(async () => {
  const client = (await apiServer({ storage: prepared })).client();
  await client.request({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } } });
});
beforeEach(async () => {
  server = await apiServer({ storage: prepared.fork() });
});
afterEach(() => server.close());

it('keeps secrets from who is not bound to a role', async () => {
  const { status } = await server.client({ name: 'eve', groups: [] }).request({ path: secrets });
  expect(status).toBe(403);
});

it('begins with no secrets', async () => {
  const { items } = (await server.client().request({ path: secrets })).json<{ items: unknown[] }>();
  expect(items).toEqual([]);
});
