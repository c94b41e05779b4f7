import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { fakeClock, type KubeObject, StatusError } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, createContext, type RequestContext } from '@apiserver-kit/pipeline';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { withAudiences } from '../audiences.js';
import type { AuthResult } from '../authenticator.js';
import { serviceAccountTokens, type ServiceAccountTokensOptions } from './bound-tokens.js';
import { boundClaims, type BoundTokenContents } from './claims.js';
import { openIdDiscovery, openIdDocuments } from './discovery.js';
import { tokenIssuer } from './issuer.js';
import { keyIdOf, publicKeys } from './keys.js';

const issuerUrl = 'https://kubernetes.default.svc';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const p256 = ec('P-256');

const object = (kind: string, name: string, uid: string, namespace?: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name, uid, namespace } });
const account = object('ServiceAccount', 'builder', 'sa-uid', 'ci');
const pod = object('Pod', 'job-1', 'pod-uid', 'ci');
const node = object('Node', 'n1', 'node-uid');
const secret = object('Secret', 's1', 'secret-uid', 'ci');

const clock = fakeClock();
let live: Record<string, KubeObject | undefined>;
beforeEach(() => {
  live = { 'ci/builder': account, 'ci/job-1': pod, n1: node, 'ci/s1': secret };
});
const objects = {
  serviceAccount: (namespace: string, name: string) => live[`${namespace}/${name}`],
  secret: (namespace: string, name: string) => live[`${namespace}/${name}`],
  pod: (namespace: string, name: string) => live[`${namespace}/${name}`],
  node: (name: string) => live[name],
};
const issue = (contents: Partial<BoundTokenContents> = {}, more: Record<string, unknown> = {}, key: KeyObject = rsa.privateKey, issuer = issuerUrl) =>
  tokenIssuer(issuer, key).issue({
    ...boundClaims({ serviceAccount: account, audiences: ['api'], expirationSeconds: 3600, nowMs: clock.now(), tokenId: 'id-1', ...contents }),
    ...more,
  });
const contextOf = (audiences?: string[]): RequestContext => {
  const ctx = createContext({} as ApiRequest);
  ctx.audit = { id: '', annotations: {} };
  return audiences ? withAudiences(ctx, audiences) : ctx;
};
const authenticator = (options: Partial<ServiceAccountTokensOptions> = {}) =>
  serviceAccountTokens({ issuers: [issuerUrl], keys: publicKeys([rsa.publicKey, p256.publicKey]), audiences: ['api'], objects, clock, ...options });
const ask = async (token: string | Promise<string>, { ctx = contextOf(), ...options }: Partial<ServiceAccountTokensOptions> & { ctx?: RequestContext } = {}) =>
  (await authenticator(options).authenticateToken(await token, ctx)) as AuthResult | undefined;

describe('a bound token', () => {
  it('names its account, and itself', async () => {
    expect(await ask(issue())).toEqual({
      user: {
        name: 'system:serviceaccount:ci:builder',
        uid: 'sa-uid',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ci'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=id-1'] },
      },
      audiences: ['api'],
    });
  });
  it('names the pod, with its node, or the node that it is bound to', async () => {
    expect((await ask(issue({ pod, node })))!.user.extra).toMatchObject({
      'authentication.kubernetes.io/pod-name': ['job-1'],
      'authentication.kubernetes.io/pod-uid': ['pod-uid'],
      'authentication.kubernetes.io/node-name': ['n1'],
      'authentication.kubernetes.io/node-uid': ['node-uid'],
    });
    expect((await ask(issue({ node })))!.user.extra).toMatchObject({ 'authentication.kubernetes.io/node-name': ['n1'] });
    expect(await ask(issue({ secret }))).toBeDefined();
  });
  it.each([
    ['RS256', rsa],
    ['ES256', p256],
    ['ES384', ec('P-384')],
    ['ES512', ec('P-521')],
  ])('may be signed with %s', async (_, { privateKey, publicKey }) => {
    expect(await ask(issue({}, {}, privateKey), { keys: publicKeys([publicKey]) })).toBeDefined();
  });
  it('holds for any of the issuers, with any of the keys', async () => {
    expect(await ask(issue({}, {}, p256.privateKey, 'old'), { issuers: [issuerUrl, 'old'] })).toBeDefined();
  });
  it('holds for a minute before and after its time', async () => {
    const late = fakeClock(clock.now() + 3660_000);
    const early = fakeClock(clock.now() - 60_000);
    expect(await ask(issue(), { clock: late })).toBeDefined();
    expect(await ask(issue(), { clock: early })).toBeDefined();
    late.advance(1);
    await expect(ask(issue(), { clock: late })).rejects.toThrow('service account token has expired');
    await expect(ask(issue(), { clock: fakeClock(clock.now() - 60_001) })).rejects.toThrow('service account token is not valid yet');
    const issued = issue({}, { iat: clock.now() / 1000 + 61 });
    await expect(ask(issued)).rejects.toThrow('service account token is issued in the future');
  });
});

describe('a token that is not ours', () => {
  it.each(['', 'a', 'a.b', 'a.b.c.d', '{"payload":""}', 'e30.e30.e30', 'e30.bm90IGpzb24.e30', '.'.repeat(100_000)])('is left to others: %#', async (token) => {
    expect(await ask(token)).toBeUndefined();
  });
  it('is left to others when somebody else issued it', async () => expect(await ask(issue({}, {}, rsa.privateKey, 'other'))).toBeUndefined());
  it('does not hold when it is signed with a key that nobody knows', async () => {
    await expect(ask(issue({}, {}, ec('P-256').privateKey))).rejects.toThrow('invalid signature, no keys found');
  });
});

describe('a forged token', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = () => boundClaims({ serviceAccount: account, audiences: ['api'], expirationSeconds: 3600, nowMs: clock.now(), tokenId: 'x' });
  const forged = (header: Record<string, unknown>, sign: (text: string) => string) => {
    const text = `${part(header)}.${part({ ...claims(), iss: issuerUrl })}`;
    return `${text}.${sign(text)}`;
  };
  const kid = keyIdOf(rsa.publicKey);
  const failure = 'go-jose/go-jose: error in cryptographic primitive';

  it('without a signature does not hold', async () => {
    await expect(ask(forged({ alg: 'none', kid }, () => ''))).rejects.toThrow(failure);
    await expect(ask(forged({ alg: 'none' }, () => ''))).rejects.toThrow(failure);
    expect(await ask(forged({ kid }, () => ''))).toBeUndefined();
  });
  it('signed with the public key as a secret does not hold', async () => {
    const secrets = [rsa.publicKey.export({ type: 'spki', format: 'pem' }), rsa.publicKey.export({ type: 'spki', format: 'der' }), kid];
    for (const shared of secrets) {
      const token = forged({ alg: 'HS256', kid }, (text) => createHmac('sha256', shared).update(text).digest('base64url'));
      await expect(ask(token)).rejects.toThrow(failure);
    }
  });
  it('with a key of its own does not hold', async () => {
    const own = ec('P-256');
    const jwk = own.publicKey.export({ format: 'jwk' });
    const good = await tokenIssuer(issuerUrl, own.privateKey).issue(claims());
    const [, payload, signature] = good.split('.');
    for (const header of [
      { alg: 'ES256', jwk },
      { alg: 'ES256', jku: 'https://evil', kid },
      { alg: 'ES256', kid: keyIdOf(p256.publicKey), x5u: 'https://evil' },
    ])
      await expect(ask(`${part(header)}.${payload}.${signature}`)).rejects.toThrow(failure);
  });
  it('with a kid that is no text, or leads elsewhere, does not hold', async () => {
    for (const odd of [1, {}, ['a'], null]) expect(await ask(forged({ alg: 'RS256', kid: odd }, () => 'AA')).catch(() => undefined)).toBeUndefined();
    for (const odd of ['../../dev/null', '__proto__', 'constructor', "' or 1=1"])
      await expect(ask(forged({ alg: 'RS256', kid: odd }, () => 'AA'))).rejects.toThrow('invalid signature, no keys found');
  });
  it('with critical headers that nobody understands does not hold', async () => {
    await expect(ask(forged({ alg: 'RS256', kid, crit: ['x'], x: 1 }, () => 'AA'))).rejects.toThrow(failure);
  });
  it('whose payload was changed does not hold', async () => {
    const [head, , signature] = (await issue()).split('.');
    await expect(ask(`${head}.${part({ ...claims(), iss: issuerUrl, sub: 'system:serviceaccount:kube-system:root' })}.${signature}`)).rejects.toThrow(failure);
  });
});

describe('the audiences of a token', () => {
  it('are to be among those of the server, or among those that are asked for', async () => {
    expect(await ask(issue({ audiences: ['b', 'api', 'vault'] }))).toMatchObject({ audiences: ['api'] });
    expect(await ask(issue({ audiences: ['b', 'api', 'vault'] }), { ctx: contextOf(['vault', 'c', 'b']) })).toMatchObject({ audiences: ['b', 'vault'] });
    await expect(ask(issue({ audiences: ['vault'] }))).rejects.toThrow('token audiences ["vault"] is invalid for the target audiences ["api"]');
    await expect(ask(issue(), { ctx: contextOf(['x', 'y']) })).rejects.toThrow('token audiences ["api"] is invalid for the target audiences ["x" "y"]');
  });
  it('that names none are those of the server', async () => {
    const ctx = contextOf();
    const uses: string[] = [];
    expect(await ask(issue({ audiences: [] }), { ctx, observe: (use) => uses.push(use) })).toMatchObject({ audiences: ['api'] });
    expect(ctx.audit!.annotations).toEqual({ 'authentication.k8s.io/legacy-token': 'system:serviceaccount:ci:builder' });
    expect(uses).toEqual(['serviceaccount_legacy_tokens_total']);
  });
  it('may be a single text', async () => expect(await ask(issue({}, { aud: 'api' }))).toMatchObject({ audiences: ['api'] }));
});

describe('a token ends', () => {
  const deleted = (live: KubeObject, ms: number): KubeObject => ({ ...live, metadata: { ...live.metadata, deletionTimestamp: new Date(ms).toISOString() } });
  const other = (live: KubeObject): KubeObject => ({ ...live, metadata: { ...live.metadata, uid: 'other' } });
  const invalidated = 'service account token has been invalidated';

  it('with its account', async () => {
    live['ci/builder'] = undefined;
    await expect(ask(issue())).rejects.toThrow('serviceaccounts "builder" not found');
    live['ci/builder'] = other(account);
    await expect(ask(issue())).rejects.toThrow('service account UID (other) does not match claim (sa-uid)');
    live['ci/builder'] = deleted(account, clock.now() - 60_001);
    await expect(ask(issue())).rejects.toThrow('service account ci/builder has been deleted');
    live['ci/builder'] = deleted(account, clock.now() - 60_000);
    expect(await ask(issue())).toBeDefined();
  });
  it.each([
    ['pod', 'ci/job-1', { pod }, pod],
    ['secret', 'ci/s1', { secret }, secret],
    ['node', 'n1', { node }, node],
  ])('with the %s it is bound to', async (kind, key, contents, bound) => {
    live[key] = undefined;
    await expect(ask(issue(contents))).rejects.toThrow(invalidated);
    live[key] = other(bound);
    await expect(ask(issue(contents))).rejects.toThrow(`${kind} UID (other) does not match service account ${kind} ref claim (${bound.metadata.uid})`);
    live[key] = deleted(bound, clock.now() - 60_001);
    await expect(ask(issue(contents))).rejects.toThrow(invalidated);
    live[key] = deleted(bound, clock.now() - 60_000);
    expect(await ask(issue(contents))).toBeDefined();
  });
  it('when nobody can be asked for the pod', async () => {
    const failing = { ...objects, pod: () => Promise.reject(new StatusError({ code: 500, message: 'down' })) };
    await expect(ask(issue({ pod }), { objects: failing })).rejects.toThrow(invalidated);
  });
  it('not with the node of its pod', async () => {
    live.n1 = undefined;
    expect(await ask(issue({ pod, node }))).toBeDefined();
  });
  it('never holds when it is bound to webhooks', async () => {
    const claim = { namespace: 'ci', serviceaccount: { name: 'builder', uid: 'sa-uid' }, mutatingwebhookconfiguration: { name: 'm', uid: 'u' } };
    await expect(ask(issue({}, { 'kubernetes.io': claim }))).rejects.toThrow(
      'feature gate "APIServerWebhookAuthenticationToken" is disabled, but token is webhook bound',
    );
  });
});

describe('a token that lives longer than was asked for', () => {
  it('tells auditors once it is used beyond that', async () => {
    const token = await issue({ pod, expirationSeconds: 86_400, warnAfterSeconds: 3607 });
    const uses: string[] = [];
    const at = fakeClock(clock.now() + 3607_000);
    const annotations = async () => {
      const ctx = contextOf();
      await ask(token, { clock: at, ctx, observe: (use) => uses.push(use) });
      return ctx.audit!.annotations;
    };
    expect(await annotations()).toEqual({});
    at.advance(5000);
    expect(await annotations()).toEqual({
      'authentication.k8s.io/stale-token': 'subject: system:serviceaccount:ci:builder, seconds after warning threshold: 5',
    });
    expect(uses).toEqual(['serviceaccount_valid_tokens_total', 'serviceaccount_stale_tokens_total']);
  });
});

describe('the OpenID documents', () => {
  it('let others verify tokens', async () => {
    const documents = openIdDocuments({ issuer: issuerUrl, externalAddress: 'k8s.example:6443', keys: publicKeys([rsa.publicKey, p256.publicKey]) });
    expect(documents.configuration()).toBe(
      `{"issuer":"${issuerUrl}","jwks_uri":"https://k8s.example:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256","RS256"]}`,
    );
    const keySet = createLocalJWKSet(JSON.parse(documents.keys()));
    for (const { privateKey } of [rsa, p256]) {
      const { payload } = await jwtVerify(await issue({}, {}, privateKey), keySet, { issuer: issuerUrl, audience: 'api', currentDate: new Date(clock.now()) });
      expect(payload.sub).toBe('system:serviceaccount:ci:builder');
    }
  });
  it('say nothing of private parts', () => {
    const shown = openIdDocuments({ issuer: issuerUrl, jwksUri: 'https://x/keys', keys: publicKeys([rsa.privateKey, p256.privateKey]) }).keys();
    expect(JSON.parse(shown).keys.map(Object.keys)).toEqual([
      ['use', 'kty', 'kid', 'alg', 'n', 'e'],
      ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y'],
    ]);
  });
  it.each([
    [{ issuer: '' }, 'empty issuer URL'],
    [{ issuer: 'http://x' }, 'issuer URL must use https scheme, got: http://x'],
    [{ issuer: 'https://x?a' }, 'issuer URL may not include a query, got: https://x?a'],
    [{ issuer: 'https://x#a' }, 'issuer URL may not include a fragment, got: https://x#a'],
    [{ jwksUri: 'http://x' }, 'jwksURI requires https scheme, parsed as: http://x'],
    [{ externalAddress: '' }, 'either the JWKS URI or the default external address, or both, must be set'],
    [{ keys: publicKeys([]) }, 'no keys provided for validating keyset'],
  ])('are refused for %#', (options, message) => {
    expect(() => openIdDocuments({ issuer: issuerUrl, externalAddress: 'x', keys: publicKeys([rsa.publicKey]), ...options })).toThrow(message);
  });
});

describe('the OpenID paths', () => {
  const filter = openIdDiscovery({ issuer: issuerUrl, externalAddress: 'x', keys: publicKeys([p256.publicKey]) });
  const get = (path: string, method = 'GET') =>
    filter(() => ({ status: 404, headers: {}, body: '' }))(createContext({ path, method } as ApiRequest)) as ApiResponse;

  it('are answered, to be kept for an hour', () => {
    expect(get('/.well-known/openid-configuration')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=3600' },
    });
    expect(get('/openid/v1/jwks')).toMatchObject({ status: 200, headers: { 'content-type': 'application/jwk-set+json' } });
  });
  it('are for reading, and no others are', () => {
    expect(get('/openid/v1/jwks', 'POST').status).toBe(405);
    expect(get('/openid/v1').status).toBe(404);
  });
});
