import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Verdict } from '../authorizer.js';
import { attributes, pathAttributes, user } from '../fixtures.js';
import { delegatedAuthorizer } from './index.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function clusterThatAllows(name: string) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const review = JSON.parse(body) as { spec: { user: string } };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...review, status: { allowed: review.spec.user === name } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const authorizer = delegatedAuthorizer({ server: url, tls: {}, authorization: () => undefined });
  closing.push(
    () => authorizer.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  const decisionOf = async (by: string, ...groups: string[]) => ((await authorizer.authorize(attributes({ user: user(by, ...groups) }))) as Verdict).decision;
  return { asked, authorizer, decisionOf };
}

it('the cluster decides', async () => {
  const { asked, decisionOf } = await clusterThatAllows('jane');
  expect(await decisionOf('jane')).toBe('allow');
  expect(await decisionOf('bob')).toBe('noOpinion');
  expect(asked).toEqual(Array(2).fill('/apis/authorization.k8s.io/v1/subjectaccessreviews'));
});

it('the cluster is not asked of health, nor of masters', async () => {
  const { asked, authorizer, decisionOf } = await clusterThatAllows('jane');
  expect(await decisionOf('admin', 'system:masters')).toBe('allow');
  expect(((await authorizer.authorize(pathAttributes('/healthz', { user: user('bob') }))) as Verdict).decision).toBe('allow');
  expect(asked).toEqual([]);
});
