import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock, type KubeObject, StatusError } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type RequestContext } from '@apiserver-kit/pipeline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withAudiences } from '../audiences.js';
import type { AuthResult } from '../authenticator.js';
import { tlsAuthority } from '../testing/authority.js';
import { startHttps } from '../testing/https-server.js';
import { type Reviewer, webhookTokens, webhookTokensFromFile, type WebhookTokensOptions } from './index.js';

type Review = KubeObject & { spec: { token: string; audiences?: string[] } };
const contextOf = (audiences?: string[]): RequestContext => {
  const ctx = createContext({} as ApiRequest);
  return audiences ? withAudiences(ctx, audiences) : ctx;
};
const atOnce = {
  now: () => 0,
  after: (_: number, run: () => void) => {
    setImmediate(run);
    return () => {};
  },
};
const ask = async (status: unknown, { audiences, ...options }: WebhookTokensOptions & { audiences?: string[] } = {}, wanted?: string[]) => {
  const sent: Review[] = [];
  const reviewer: Reviewer = async (review) => {
    sent.push(review as Review);
    if (status instanceof Error) throw status;
    return { ...review, status } as KubeObject;
  };
  const answer = webhookTokens(reviewer, { audiences, clock: atOnce, ...options }).authenticateToken('t', contextOf(wanted));
  return { result: (await answer) as AuthResult | undefined, sent };
};
const jane = { username: 'jane', uid: '1', groups: ['dev'], extra: { a: ['b'] } };

describe('a webhook', () => {
  it('is asked with a TokenReview, and says the user', async () => {
    const { result, sent } = await ask({ authenticated: true, user: jane });
    expect(sent).toEqual([{ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec: { token: 't' }, status: { user: {} } }]);
    expect(result).toEqual({ user: { name: 'jane', uid: '1', groups: ['dev'], extra: { a: ['b'] } } });
  });
  it('may say little', async () => expect((await ask({ authenticated: true })).result).toEqual({ user: { name: '', uid: '', groups: [] } }));
  it('may not know the token, and may say why', async () => {
    expect((await ask({ authenticated: false, user: jane })).result).toBeUndefined();
    expect((await ask(undefined)).result).toBeUndefined();
    expect((await ask({ authenticated: 'true', user: jane })).result).toBeUndefined();
    await expect(ask({ error: 'expired' })).rejects.toThrow('expired');
  });
  it('is not believed when it says what is no user', async () => {
    await expect(ask({ authenticated: true, user: { username: 1 } })).rejects.toThrow('no text');
    await expect(ask({ authenticated: true, user: { groups: 'system:masters' } })).rejects.toThrow('no list of texts');
    await expect(ask({ authenticated: true, user: { extra: { a: 'b' } } })).rejects.toThrow('no list of texts');
  });
  it('is told the audiences that are wanted, and vouches for some of them', async () => {
    const { result, sent } = await ask({ authenticated: true, audiences: ['b', 'c'] }, { audiences: ['api'] }, ['a', 'b']);
    expect([sent[0]!.spec.audiences, result!.audiences]).toEqual([['a', 'b'], ['b']]);
    expect((await ask({ authenticated: true, audiences: ['c'] }, { audiences: ['api'] })).result).toBeUndefined();
  });
  it('that says nothing of audiences vouches for those of the server', async () => {
    expect((await ask({ authenticated: true }, { audiences: ['api'] })).result!.audiences).toEqual(['api']);
    expect((await ask({ authenticated: true }, { audiences: ['api'] }, ['other'])).result).toBeUndefined();
    expect((await ask({ authenticated: true })).result!.audiences).toBeUndefined();
  });
  it('is asked five times when it fails for now, once when it fails for good; each time is told', async () => {
    const told: string[] = [];
    const logged: string[] = [];
    const options = { observe: (code: string) => told.push(code), log: (message: string) => logged.push(message) };
    await expect(ask(new StatusError({ code: 500, reason: 'InternalError', message: 'down' }), options)).rejects.toThrow('down');
    await expect(ask(new Error('no route'), options)).rejects.toThrow('no route');
    expect(told).toEqual(['500', '500', '500', '500', '500', '<error>']);
    expect(logged).toEqual(['Failed to make webhook authenticator request', 'Failed to make webhook authenticator request']);
  });
  it('speaks v1 or v1beta1', async () => {
    expect((await ask({}, { version: 'v1beta1' })).sent[0]!.apiVersion).toBe('authentication.k8s.io/v1beta1');
    expect(() => webhookTokens(async (review) => review, { version: 'v2' })).toThrow(
      'unsupported authentication webhook version "v2", supported versions are "v1", "v1beta1"',
    );
  });
});

describe('a webhook of a kubeconfig', () => {
  const authority = tlsAuthority();
  const foreign = tlsAuthority();
  let webhook: Awaited<ReturnType<typeof startHttps>>;
  let directory: string;
  let calls: { path: string | undefined; client: string | undefined; token: string }[] = [];
  let answers: ((review: Review) => { code: number; body: object })[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-webhook-'));
    webhook = await startHttps({ ...authority.server(), ca: authority.ca, requestCert: true, rejectUnauthorized: true }, (request, response, body) => {
      const review = JSON.parse(body) as Review;
      const client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined;
      calls.push({ path: request.url, client, token: review.spec.token });
      const answer = answers.shift() ?? (() => ({ code: 200, body: { ...review, status: { authenticated: review.spec.token === 'good', user: jane } } }));
      const { code, body: object } = answer(review);
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(object));
    });
  });
  afterAll(async () => {
    await webhook.close();
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => {
    calls = [];
    answers = [];
  });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const configured = (ca = authority.ca, options = {}) => {
    const { cert, key } = authority.client('apiserver');
    const path = join(directory, 'config');
    writeFileSync(
      path,
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'a', user: 'b' } }],
        clusters: [{ name: 'a', cluster: { server: `${webhook.url}/authenticate?x=1`, 'certificate-authority-data': base64(ca) } }],
        users: [{ name: 'b', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
      }),
    );
    return webhookTokensFromFile(path, options);
  };

  it('is asked over TLS, at its very path, by whom the file says', async () => {
    expect(await configured().authenticateToken('good', contextOf())).toMatchObject({ user: { name: 'jane' } });
    expect(calls).toEqual([{ path: '/authenticate?x=1', client: 'apiserver', token: 'good' }]);
  });
  it('is remembered: what it knows, and what it does not know', async () => {
    const clock = fakeClock();
    const tokens = configured(authority.ca, { clock });
    for (const token of ['good', 'bad', 'good', 'bad']) await tokens.authenticateToken(token, contextOf());
    expect(calls).toHaveLength(2);
    clock.advance(120_000);
    await tokens.authenticateToken('good', contextOf());
    expect(calls).toHaveLength(3);
  });
  it('is asked again after a failure, which is not remembered', async () => {
    const failing = () => ({ code: 500, body: {} });
    const tokens = configured(authority.ca, { backoff: { steps: 2, initialMs: 1 } });
    answers = [failing, failing, failing];
    await expect(tokens.authenticateToken('good', contextOf())).rejects.toThrow('has prevented the request from succeeding');
    expect(await tokens.authenticateToken('good', contextOf())).toBeDefined();
    expect(calls).toHaveLength(4);
  });
  it('is asked once by many who come with one token', async () => {
    const tokens = configured();
    await Promise.all(Array.from({ length: 50 }, () => tokens.authenticateToken('good', contextOf())));
    expect(calls).toHaveLength(1);
  });
  it('of another authority is not asked', async () => {
    const failure: Error = await Promise.resolve(configured(foreign.ca).authenticateToken('secret-token', contextOf())).then(
      () => new Error('it was asked'),
      (error: Error) => error,
    );
    expect(failure.message).toMatch(/certificate|signature/);
    expect(failure.message).not.toContain('secret-token');
    expect(calls).toEqual([]);
  });
});
