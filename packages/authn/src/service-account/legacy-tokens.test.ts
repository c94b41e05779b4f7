import { generateKeyPairSync } from 'node:crypto';
import { fakeClock, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { beforeEach, describe, expect, it } from 'vitest';
import { legacyClaims } from './claims.js';
import { legacyIssuer, tokenIssuer } from './issuer.js';
import { publicKeys } from './keys.js';
import { legacyServiceAccountTokens, type LegacyTokensOptions } from './legacy-tokens.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'builder', namespace: 'ci', uid: 'u' } };
const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'builder-token', namespace: 'ci' } };
const token = await tokenIssuer(legacyIssuer, privateKey).issue(legacyClaims(account, secret));
const holding = (of: string, metadata = {}): KubeObject =>
  ({ ...secret, metadata: { ...secret.metadata, ...metadata }, data: { token: Buffer.from(of).toString('base64') } }) as KubeObject;

let live: { account: KubeObject | undefined; secret: KubeObject | undefined };
beforeEach(() => {
  live = { account, secret: holding(token) };
});
const objects = { serviceAccount: () => live.account, secret: () => live.secret };
const ask = async (shown = token, options: Partial<LegacyTokensOptions> = {}) => {
  const ctx = createContext({} as ApiRequest);
  ctx.audit = { id: '', annotations: {} };
  const authenticator = legacyServiceAccountTokens({ keys: publicKeys([publicKey]), audiences: ['api'], objects, clock: fakeClock(), ...options });
  return { result: await authenticator.authenticateToken(shown, ctx), ctx };
};

describe('the token of a secret', () => {
  it('names its account, for the audiences of the server', async () => {
    const { result, ctx } = await ask();
    expect(result).toEqual({
      user: { name: 'system:serviceaccount:ci:builder', uid: 'u', groups: ['system:serviceaccounts', 'system:serviceaccounts:ci'] },
      audiences: ['api'],
    });
    expect(ctx.audit!.annotations).toEqual({
      'authentication.k8s.io/legacy-token': 'system:serviceaccount:ci:builder',
      'authentication.k8s.io/legacy-token-manual-secret': 'builder-token',
    });
  });
  it('that its account lists is warned of', async () => {
    live.account = { ...account, secrets: [{ name: 'builder-token' }] } as KubeObject;
    const { ctx } = await ask();
    expect(ctx.warnings).toEqual([
      'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.',
    ]);
  });
  it('holds without the secret where nobody looks it up', async () => {
    live = { account: undefined, secret: undefined };
    expect((await ask(token, { objects: undefined })).result).toBeDefined();
  });
  it.each<[string, () => void]>([
    ['Token has been invalidated', () => (live.secret = undefined)],
    ['Token has been invalidated', () => (live.secret = holding(token, { deletionTimestamp: '2026-01-01T00:00:00Z' }))],
    ["Token does not match server's copy", () => (live.secret = secret)],
    ["Token does not match server's copy", () => (live.secret = holding(`${token}x`))],
    ['serviceaccounts "builder" not found', () => (live.account = undefined)],
    ['ServiceAccount ci/builder has been deleted', () => (live.account = { ...account, metadata: { ...account.metadata, deletionTimestamp: 'x' } })],
    ['ServiceAccount UID (v) does not match claim (u)', () => (live.account = { ...account, metadata: { ...account.metadata, uid: 'v' } })],
    [
      'the token in secret ci/builder-token for service account ci/builder has been marked invalid.',
      () => (live.secret = holding(token, { labels: { 'kubernetes.io/legacy-token-invalid-since': '2025-12-01' } })),
    ],
  ])('does not hold: %s', async (message, change) => {
    change();
    await expect(ask()).rejects.toThrow(message);
  });
  it.each([
    ['sub', 'sub claim is missing'],
    ['kubernetes.io/serviceaccount/namespace', 'namespace claim is missing'],
    ['kubernetes.io/serviceaccount/secret.name', 'secretName claim is missing'],
    ['kubernetes.io/serviceaccount/service-account.name', 'serviceAccountName claim is missing'],
    ['kubernetes.io/serviceaccount/service-account.uid', 'serviceAccountUID claim is missing'],
  ])('without %s does not hold', async (claim, message) => {
    const shown = await tokenIssuer(legacyIssuer, privateKey).issue({ ...legacyClaims(account, secret), [claim]: undefined });
    await expect(ask(shown)).rejects.toThrow(message);
  });
  it('for somebody else than it names does not hold', async () => {
    for (const sub of ['jane', 'system:serviceaccount:ci:other', 'system:serviceaccount:ci:builder:x', 'system:serviceaccount:ci']) {
      const shown = await tokenIssuer(legacyIssuer, privateKey).issue({ ...legacyClaims(account, secret), sub });
      await expect(ask(shown)).rejects.toThrow('sub claim is invalid');
    }
  });
  it('is labelled with the day of its use, once a day', async () => {
    const labelled: unknown[] = [];
    const labelSecret = (_: KubeObject, labels: unknown) => void labelled.push(labels);
    await ask(token, { labelSecret });
    await Promise.resolve();
    for (const day of ['2026-01-01', '2026-01-02']) {
      live.secret = holding(token, { labels: { 'kubernetes.io/legacy-token-last-used': day } });
      await ask(token, { labelSecret });
    }
    expect(labelled).toEqual([{ 'kubernetes.io/legacy-token-last-used': '2026-01-01' }]);
  });
  it('holds although its use cannot be written down', async () => {
    const logged: string[] = [];
    const failing = new Promise<void>((resolve) => {
      void ask(token, {
        labelSecret: () => Promise.reject(new Error('no')),
        log: (message) => {
          logged.push(message);
          resolve();
        },
      });
    });
    await failing;
    expect(logged[0]).toContain('Failed to label legacy service account token builder-token/ci');
    expect(logged[0]).not.toContain(token);
  });
});
