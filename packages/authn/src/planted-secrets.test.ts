import { generateKeyPairSync } from 'node:crypto';
import { StatusError } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAudiences } from './audiences.js';
import { authentication } from './authentication.js';
import { authenticatedGroup, union } from './authenticator.js';
import { bearer, type TokenAuthenticator, tokenUnion } from './bearer.js';
import { bootstrapTokens } from './bootstrap-token/index.js';
import { configuredTokens, type ConfiguredTokens, jwtAuthenticatorFromFlags } from './oidc/index.js';
import { boundClaims, legacyClaims, legacyIssuer, legacyServiceAccountTokens, publicKeys, serviceAccountTokens, tokenIssuer } from './service-account/index.js';
import { startIssuer, type TestIssuer } from './testing/issuer.js';
import { cached } from './token-cache.js';
import { tokenFile } from './token-file.js';
import { tokenReview } from './token-review.js';
import { websocketBearer } from './websocket-bearer.js';
import { webhookTokens } from './webhook/index.js';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', namespace: 'b', uid: 'c' } };
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
  type: 'bootstrap.kubernetes.io/token',
  data: { 'token-secret': Buffer.from('planted-kept-secret').toString('base64'), token: Buffer.from('planted-kept-token').toString('base64') },
};
const planted = 'planted-kept';

let issuer: TestIssuer;
let jwt: ConfiguredTokens;
const said: string[] = [];
const log = (...parts: unknown[]): void => {
  for (const part of parts)
    for (let error: unknown = part; error !== undefined; error = error instanceof Error ? error.cause : undefined)
      said.push(error instanceof Error ? `${error.message}\n${error.stack}` : String(error));
};
let tokens: TokenAuthenticator;
beforeAll(async () => {
  issuer = await startIssuer(Date.now);
  jwt = configuredTokens({ jwt: [jwtAuthenticatorFromFlags({ issuerUrl: issuer.url, clientId: 'kubernetes', caPem: issuer.caPem })] }, { log });
  await jwt.ready;
  const keys = publicKeys([key.publicKey]);
  const objects = { serviceAccount: () => undefined, secret: () => secret, pod: () => undefined, node: () => undefined };
  tokens = cached(
    tokenUnion([
      tokenFile('planted-kept-file-token,jane,1'),
      legacyServiceAccountTokens({ keys, audiences: ['api'], objects, log }),
      serviceAccountTokens({ issuers: ['https://sa'], keys, audiences: ['api'], objects }),
      bootstrapTokens(() => secret, { log }),
      jwt,
      webhookTokens(() => Promise.reject(new StatusError({ code: 403, reason: 'Forbidden', message: 'no' })), { log }),
    ]),
    { failureTtlMs: 1000 },
  );
});
afterAll(() => Promise.all([jwt.close(), issuer.close()]));

/** Tokens that get as far as they can before they are refused. */
const badTokens = async (): Promise<string[]> => {
  const claims = boundClaims({ serviceAccount: account, audiences: ['api'], expirationSeconds: 600, nowMs: Date.now(), tokenId: 'x' });
  const sign = (iss: string, of: Record<string, unknown> = claims, by = key) => tokenIssuer(iss, by.privateKey).issue(of);
  return [
    'an-opaque-token-that-nobody-knows',
    'abcdef.0123456789abcdef',
    await sign('https://sa'),
    await sign('https://sa', claims, other),
    await sign('https://sa', { ...claims, exp: 1 }),
    await sign('https://sa', { ...claims, aud: 'x' }),
    await sign(legacyIssuer, legacyClaims(account, secret)),
    await issuer.token({ aud: 'x' }),
    await issuer.token({ exp: 1 }),
    await issuer.token({}, { kid: 'x' }),
    await issuer.token({ sub: 1 }),
  ];
};

describe('secrets', () => {
  it('are in no log, audit event, error or answer, however a token fails', async () => {
    const authenticator = authenticatedGroup(union([bearer(tokens), websocketBearer(tokens)]));
    const filter = authentication(authenticator, { log, observe: (attempt) => log(JSON.stringify(attempt)) });
    for (const token of await badTokens()) {
      said.length = 0;
      const encoded = Buffer.from(token).toString('base64url');
      const requests: Record<string, string>[] = [
        { authorization: `Bearer ${token}` },
        { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-protocol': `a, base64url.bearer.authorization.k8s.io.${encoded}` },
      ];
      for (const headers of requests) {
        const ctx = withAudiences(createContext({ headers, path: '/', method: 'GET', peerCertificate: () => undefined } as unknown as ApiRequest), ['api']);
        ctx.audit = { id: '', annotations: {} };
        const answer = await filter(() => ({ status: 200, headers: {}, body: '' }))(ctx);
        expect(answer.status).toBe(401);
        log(JSON.stringify([answer, ctx.audit, ctx.warnings]));
      }
      const { status } = (await tokenReview(authenticator, { apiVersion: 'v1', kind: 'TokenReview', metadata: {}, spec: { token } } as never)) as {
        status?: unknown;
      };
      log(JSON.stringify(status));
      const text = said.join('\n');
      expect(text).toContain('Unauthorized');
      for (const part of [token, encoded, token.split('.').at(-1)!, planted]) expect(text).not.toContain(part);
    }
  });
});
