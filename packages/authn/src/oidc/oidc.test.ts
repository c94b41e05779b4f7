import { createHmac } from 'node:crypto';
import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuthResult } from '../authenticator.js';
import { startIssuer, type TestIssuer } from '../testing/issuer.js';
import { type OidcAuthenticator, type OidcOptions, oidcTokens } from './authenticator.js';
import type { CelEvaluator, JwtAuthenticator } from './configuration.js';
import { jwtAuthenticatorFromFlags, type OidcFlags } from './flags.js';

const clock = fakeClock();
let issuer: TestIssuer;
const opened: OidcAuthenticator[] = [];
beforeAll(async () => {
  issuer = await startIssuer(clock.now);
});
afterAll(() => issuer.close());
beforeEach(() => {
  clock.advance(10_000);
  issuer.requests.length = 0;
  issuer.document = {};
  issuer.cacheControl = 'max-age=3600';
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const open = async (configuration: JwtAuthenticator, options: OidcOptions = {}): Promise<OidcAuthenticator> => {
  const authenticator = oidcTokens(configuration, { clock, ...options });
  opened.push(authenticator);
  await authenticator.ready;
  return authenticator;
};
const fromFlags = (flags: Partial<OidcFlags> = {}): JwtAuthenticator =>
  jwtAuthenticatorFromFlags({ issuerUrl: issuer.url, clientId: 'kubernetes', caPem: issuer.caPem, usernamePrefix: '-', ...flags });
const configured = (more: Partial<JwtAuthenticator> = {}): JwtAuthenticator => ({ ...fromFlags(), ...more });
const ask = async (authenticator: OidcAuthenticator, token: string) =>
  (await authenticator.authenticateToken(token, createContext({} as ApiRequest))) as AuthResult | undefined;
const userOf = async (claims: Record<string, unknown>, configuration = fromFlags(), options: OidcOptions = {}) =>
  (await ask(await open(configuration, options), await issuer.token(claims)))?.user;

describe('a token of an issuer', () => {
  it('names its user', async () =>
    expect(await userOf({ jti: 'x' })).toEqual({
      name: 'jane',
      uid: '',
      groups: [],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=x'] },
    }));
  it('of another issuer is left to others', async () => {
    const authenticator = await open(fromFlags());
    for (const token of [await issuer.token({ iss: 'https://other' }), 'x', 'a.b.c', 'a.b.c.d']) expect(await ask(authenticator, token)).toBeUndefined();
  });
  it.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512'])('may be signed with %s, where that is allowed', async (algorithm) => {
    await issuer.rotate(algorithm);
    expect(await userOf({}, fromFlags(), { algorithms: [algorithm] })).toMatchObject({ name: 'jane' });
    await expect(userOf({}, fromFlags(), { algorithms: ['RS384'] })).rejects.toThrow(
      `oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS384"] got "${algorithm}"`,
    );
    await issuer.rotate();
  });
  it('has to be made for us, and to hold now', async () => {
    await expect(userOf({ aud: ['other', 'more'] })).rejects.toThrow('oidc: verify token: oidc: expected audience "kubernetes" got ["other" "more"]');
    await expect(userOf({ aud: undefined })).rejects.toThrow('oidc: expected audience "kubernetes" got []');
    const now = Math.floor(clock.now() / 1000);
    await expect(userOf({ exp: now - 1 })).rejects.toThrow(
      /oidc: verify token: oidc: token is expired \(Token Expiry: 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\)/,
    );
    await expect(userOf({ exp: undefined })).rejects.toThrow('oidc: token is expired (Token Expiry: 1970-01-01 00:00:00 +0000 UTC)');
    await expect(userOf({ nbf: now + 61 })).rejects.toThrow('before the nbf (not before) time');
    expect(await userOf({ nbf: now + 60 })).toBeDefined();
  });
  it('has to be signed by the issuer', async () => {
    const authenticator = await open(fromFlags());
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload, signature] = (await issuer.token()).split('.');
    const hmac = (text: string) => createHmac('sha256', issuer.caPem).update(text).digest('base64url');
    await expect(ask(authenticator, `${part({ alg: 'RS256' })}.${payload}.${signature}`)).rejects.toThrow('failed to verify signature');
    for (const alg of ['none', 'HS256']) {
      const text = `${part({ alg })}.${payload}`;
      await expect(ask(authenticator, `${text}.${hmac(text)}`)).rejects.toThrow('unsupported algorithm');
    }
  });
});

describe('the flags', () => {
  it('prefix users with their issuer, and addresses with nothing', async () => {
    expect(await userOf({}, fromFlags({ usernamePrefix: undefined }))).toMatchObject({ name: `${issuer.url}#jane` });
    expect(await userOf({}, fromFlags({ usernamePrefix: 'oidc:' }))).toMatchObject({ name: 'oidc:jane' });
    const email = fromFlags({ usernameClaim: 'email', usernamePrefix: undefined });
    expect(await userOf({ email: 'a@b', email_verified: true }, email)).toMatchObject({ name: 'a@b' });
    expect(await userOf({ email: 'a@b' }, email)).toMatchObject({ name: 'a@b' });
    await expect(userOf({ email: 'a@b', email_verified: false }, email)).rejects.toThrow('oidc: email not verified');
    await expect(userOf({ email: 'a@b', email_verified: 'true' }, email)).rejects.toThrow(
      "oidc: parse 'email_verified' claim: json: cannot unmarshal string into Go value of type bool",
    );
  });
  it('name a claim of groups: a list, or a text', async () => {
    const groups = fromFlags({ groupsClaim: 'roles', groupsPrefix: 'g:' });
    expect(await userOf({ roles: ['a', 'b'] }, groups)).toMatchObject({ groups: ['g:a', 'g:b'] });
    expect(await userOf({ roles: 'a' }, groups)).toMatchObject({ groups: ['g:a'] });
    expect(await userOf({}, groups)).toMatchObject({ groups: [] });
    await expect(userOf({ roles: 1 }, groups)).rejects.toThrow('oidc: parse groups claim "roles": json: cannot unmarshal number into Go value of type string');
  });
  it('require claims', async () => {
    const flags = fromFlags({ requiredClaims: { team: 'a' } });
    expect(await userOf({ team: 'a' }, flags)).toBeDefined();
    await expect(userOf({}, flags)).rejects.toThrow('oidc: required claim team not present in ID token');
    await expect(userOf({ team: 'b' }, flags)).rejects.toThrow('oidc: required claim team value does not match. Got = b, want = a');
    await expect(userOf({ team: [] }, flags)).rejects.toThrow('oidc: parse claim team: json: cannot unmarshal array into Go value of type string');
  });
  it('need a claim that is there, and a text', async () => {
    await expect(userOf({}, fromFlags({ usernameClaim: 'name' }))).rejects.toThrow('oidc: parse username claims "name": claim not present');
    await expect(userOf({ name: {} }, fromFlags({ usernameClaim: 'name' }))).rejects.toThrow('json: cannot unmarshal object into Go value of type string');
    await expect(userOf({}, fromFlags({ usernameClaim: 'toString' }))).rejects.toThrow('claim not present');
  });
  it('come together', () => expect(() => jwtAuthenticatorFromFlags({ issuerUrl: 'x', clientId: '' })).toThrow('must be specified together'));
  it('name algorithms that there are', () => {
    expect(() => oidcTokens(fromFlags(), { clock, algorithms: ['HS256'] })).toThrow('oidc: unsupported signing alg: "HS256"');
  });
});

describe('the keys of an issuer', () => {
  const keyRequests = () => issuer.requests.filter((path) => path === '/keys').length;

  it('are fetched once while they are fresh', async () => {
    const authenticator = await open(fromFlags());
    await Promise.all(Array.from({ length: 20 }, async () => ask(authenticator, await issuer.token())));
    await ask(authenticator, await issuer.token());
    expect(keyRequests()).toBe(1);
  });
  it('are fetched again once they are stale and a token has another', async () => {
    issuer.cacheControl = 'max-age=60';
    const authenticator = await open(fromFlags());
    await ask(authenticator, await issuer.token());
    const old = await issuer.token();
    await issuer.rotate();
    await expect(ask(authenticator, await issuer.token())).rejects.toThrow(
      'oidc: verify token: failed to verify signature: failed to verify id token signature',
    );
    clock.advance(30_001);
    expect(await ask(authenticator, await issuer.token())).toBeDefined();
    expect(keyRequests()).toBe(2);
    await expect(ask(authenticator, old)).rejects.toThrow('failed to verify id token signature');
  });
  it('that are stale are good as long as they verify, also while the issuer is down', async () => {
    issuer.cacheControl = undefined;
    const authenticator = await open(fromFlags());
    await ask(authenticator, await issuer.token());
    issuer.isDown = true;
    expect(await ask(authenticator, await issuer.token())).toBeDefined();
    clock.advance(1000);
    await expect(ask(authenticator, await issuer.token({}, { kid: 'x' }))).rejects.toThrow(
      'oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed: 503 Service Unavailable',
    );
    issuer.isDown = false;
  });
  it('are fetched once a second at most, however many tokens come that nobody knows', async () => {
    issuer.cacheControl = undefined;
    const authenticator = await open(fromFlags());
    await ask(authenticator, await issuer.token());
    const flood = Promise.allSettled(Array.from({ length: 100 }, async () => ask(authenticator, await issuer.token({}, { kid: 'x' }))));
    await issuer.token();
    const ticking = setInterval(() => clock.advance(1000), 20);
    expect((await flood).every(({ status }) => status === 'rejected')).toBe(true);
    clearInterval(ticking);
    expect(keyRequests()).toBe(2);
  });
});

describe('an issuer', () => {
  it('is looked for until it is found', async () => {
    issuer.isDown = true;
    const attempts: string[] = [];
    let tried!: () => void;
    const authenticator = oidcTokens(fromFlags(), {
      clock,
      log: (_, error) => {
        attempts.push((error as Error).message);
        tried();
      },
    });
    opened.push(authenticator);
    await new Promise<void>((resolve) => {
      tried = resolve;
    });
    await expect(ask(authenticator, await issuer.token())).rejects.toThrow('oidc: authenticator not initialized');
    expect(authenticator.health()!.message).toBe(`oidc: authenticator for issuer "${issuer.url}" is not healthy: 503 Service Unavailable`);
    issuer.isDown = false;
    clock.advance(10_000);
    await authenticator.ready;
    expect(authenticator.health()).toBeUndefined();
    expect(await ask(authenticator, await issuer.token())).toBeDefined();
    expect(attempts).toEqual(['503 Service Unavailable']);
  });
  it('has to be the one that it says', async () => {
    issuer.document = { issuer: 'https://other' };
    const logged = new Promise<Error>((resolve) => {
      opened.push(oidcTokens(fromFlags(), { clock, log: (_, error) => resolve(error as Error) }));
    });
    expect((await logged).message).toBe(`oidc: issuer did not match the issuer returned by provider, expected "${issuer.url}" got "https://other"`);
  });
  it('is believed only with a certificate of its authorities', async () => {
    const logged = new Promise<Error>((resolve) => {
      opened.push(oidcTokens(fromFlags({ caPem: undefined }), { clock, log: (_, error) => resolve(error as Error) }));
    });
    expect((await logged).message).toMatch(/certificate/);
  });
  it('may have its document elsewhere', async () => {
    issuer.pages.set('/internal', () => JSON.stringify({ issuer: 'https://public', jwks_uri: `${issuer.url}/keys` }));
    const authenticator = await open({ ...fromFlags(), issuer: { ...fromFlags().issuer, url: 'https://public', discoveryURL: `${issuer.url}/internal` } });
    expect(await ask(authenticator, await issuer.token({ iss: 'https://public' }))).toBeDefined();
  });
  it('may issue for several audiences of ours', async () => {
    const authenticator = await open({ ...fromFlags(), issuer: { ...fromFlags().issuer, audiences: ['b', 'a'], audienceMatchPolicy: 'MatchAny' } });
    expect(await ask(authenticator, await issuer.token({ aud: ['x', 'a'] }))).toBeDefined();
    await expect(ask(authenticator, await issuer.token())).rejects.toThrow('oidc: verify token: oidc: expected audience in ["a" "b"] got ["kubernetes"]');
  });
  it('is told of in metrics', async () => {
    const seen: unknown[] = [];
    const authenticator = await open(fromFlags(), {
      observe: ({ result }) => seen.push(result),
      observeKeys: (url, outcome) => seen.push([url, outcome]),
    });
    await ask(authenticator, await issuer.token());
    await ask(authenticator, await issuer.token({ aud: 'x' })).catch(() => {});
    await ask(authenticator, 'x');
    expect(seen).toEqual([[issuer.url, 'success'], 'success', 'failure']);
  });
});

describe('claims that are elsewhere', () => {
  const groups = () => fromFlags({ groupsClaim: 'groups' });
  const elsewhere = (endpoint: string) => ({
    _claim_names: { groups: 'src' },
    _claim_sources: { src: { endpoint, access_token: 'secret-access' } },
  });
  it('are had from there, as tokens', async () => {
    issuer.pages.set('/groups', (authorization) => (authorization === 'Bearer secret-access' ? issuer.token({ groups: ['a', 'b'] }) : 'no'));
    const authenticator = await open(groups());
    const token = await issuer.token(elsewhere(`${issuer.url}/groups`));
    await expect(ask(authenticator, token)).rejects.toThrow(
      `oidc: could not expand distributed claims: verifying untrusted issuer ${issuer.url} failed: verifier not initialized for issuer: "${issuer.url}"`,
    );
    await expect.poll(() => issuer.requests.filter((path) => path.startsWith('/.well-known')).length).toBe(2);
    await expect.poll(() => ask(authenticator, token).catch(() => undefined)).toMatchObject({ user: { groups: ['a', 'b'] } });
  });
  it('that cannot be had refuse the token, without a word of the access token', async () => {
    const authenticator = await open(groups());
    const failure = await ask(authenticator, await issuer.token(elsewhere(`${issuer.url}/nowhere`))).catch((error: Error) => error.message);
    expect(failure).toBe(
      'oidc: could not expand distributed claims: while getting distributed claim "groups": error while getting distributed claim JWT: 404 Not Found',
    );
  });
  it('have to be somewhere', async () => {
    const authenticator = await open(groups());
    await expect(ask(authenticator, await issuer.token({ _claim_names: { groups: 'src' } }))).rejects.toThrow('oidc: source does not exist');
    await expect(ask(authenticator, await issuer.token({ _claim_names: { groups: '' } }))).rejects.toThrow('oidc: failed to obtain source from claim name');
    expect(await ask(authenticator, await issuer.token({ ...elsewhere('x'), groups: ['own'] }))).toMatchObject({ user: { groups: ['own'] } });
  });
});

describe('expressions', () => {
  // Stands for an evaluator: a text is looked up in a table of functions.
  const table: Record<string, (value: never) => unknown> = {
    'claims.sub + "!"': (claims: { sub: string }) => `${claims.sub}!`,
    'claims.roles': (claims: { roles: unknown }) => {
      if (claims.roles === undefined) throw new Error('no such key: roles');
      return claims.roles;
    },
    'claims.n == 1': (claims: { n: number }) => claims.n === 1,
    'user.username != "root!"': (user: { username: string }) => user.username !== 'root!',
    one: () => 1,
    empty: () => '',
  };
  const cel: CelEvaluator = {
    compile(text) {
      const run = table[text];
      if (run === undefined) throw new Error(`compilation failed: ${text}`);
      return { evaluate: (value) => run(value as never), selects: (field) => text.includes(`claims.${field}`) };
    },
  };
  const withCel = (claims: Record<string, unknown>, more: Partial<JwtAuthenticator>) => userOf(claims, configured(more), { cel });

  it('make users of claims', async () => {
    const claimMappings = {
      username: { expression: 'claims.sub + "!"' },
      groups: { expression: 'claims.roles' },
      uid: { expression: 'claims.roles' },
      extra: [{ key: 'acme.com/roles', valueExpression: 'claims.roles' }],
    };
    expect(await withCel({ roles: 'a' }, { claimMappings })).toEqual({ name: 'jane!', groups: ['a'], uid: 'a', extra: { 'acme.com/roles': ['a'] } });
    await expect(withCel({ roles: ['a'] }, { claimMappings })).rejects.toThrow(
      'oidc: error evaluating uid claim expression: uid claim expression must return a string',
    );
    await expect(withCel({}, { claimMappings })).rejects.toThrow(
      "oidc: error evaluating group claim expression: expression 'claims.roles' resulted in error: no such key: roles",
    );
    await expect(withCel({ roles: 1 }, { claimMappings })).rejects.toThrow('expression must return a string or a list of strings');
  });
  it('give no empty name, and none that is no text', async () => {
    const username = (expression: string) => ({ claimMappings: { username: { expression } } });
    await expect(withCel({}, username('empty'))).rejects.toThrow('oidc: empty username via CEL expression is not allowed');
    await expect(withCel({}, username('one'))).rejects.toThrow(
      'oidc: error evaluating username claim expression: username claim expression must return a string',
    );
  });
  it('judge claims and users', async () => {
    const rules = {
      claimMappings: { username: { expression: 'claims.sub + "!"' } },
      claimValidationRules: [{ expression: 'claims.n == 1', message: 'n is to be 1' }],
      userValidationRules: [{ expression: 'user.username != "root!"', message: 'no root' }],
    };
    expect(await withCel({ n: 1 }, rules)).toBeDefined();
    await expect(withCel({ n: 2 }, rules)).rejects.toThrow(
      "oidc: error evaluating claim validation expression: validation expression 'claims.n == 1' failed: n is to be 1",
    );
    await expect(withCel({ n: 1, sub: 'root' }, rules)).rejects.toThrow(
      'oidc: error evaluating user info validation rule: validation expression \'user.username != "root!"\' failed: no root',
    );
    await expect(withCel({}, { claimValidationRules: [{ expression: 'one' }] })).rejects.toThrow('validation expression must return a boolean');
  });
  it('are refused without an evaluator', () => {
    expect(() => oidcTokens(configured({ claimMappings: { username: { expression: 'x' } } }), { clock })).toThrow('there is no CEL evaluator');
  });
});
