import { fakeClock, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapTokens } from './index.js';

const id = 'abc123';
const tokenSecret = '0123456789abcdef';
const token = `${id}.${tokenSecret}`;
const good = { 'token-id': id, 'token-secret': tokenSecret, 'usage-bootstrap-authentication': 'true' };
const secretOf = (data: Record<string, string>, more = {}, metadata = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}`, ...metadata },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    ...more,
  }) as KubeObject;

const ask = (secret: KubeObject | undefined, shown = token) => {
  const logged: string[] = [];
  const asked: string[] = [];
  const getter = (name: string) => {
    asked.push(name);
    return secret;
  };
  const authenticator = bootstrapTokens(getter, { clock: fakeClock(), log: (message) => logged.push(message) });
  return { answer: authenticator.authenticateToken(shown, createContext({} as ApiRequest)), logged, asked };
};

describe('a bootstrap token', () => {
  it('names its bootstrapper', () => {
    const { answer, asked } = ask(secretOf(good));
    expect(answer).toEqual({ user: { name: 'system:bootstrap:abc123', groups: ['system:bootstrappers'] } });
    expect(asked).toEqual(['bootstrap-token-abc123']);
  });
  it('may have groups of its own, sorted and each once', () => {
    const { answer } = ask(secretOf({ ...good, 'auth-extra-groups': 'system:bootstrappers:z,system:bootstrappers:a,system:bootstrappers:z' }));
    expect(answer).toMatchObject({ user: { groups: ['system:bootstrappers', 'system:bootstrappers:a', 'system:bootstrappers:z'] } });
  });
  it('holds until it expires', () => {
    expect(ask(secretOf({ ...good, expiration: '2026-01-01T00:00:01Z' })).answer).toBeDefined();
    expect(ask(secretOf({ ...good, expiration: '2026-01-01T01:00:01+01:00' })).answer).toBeDefined();
    for (const expiration of ['2026-01-01T00:00:00Z', 'tomorrow', '2027', '2027-01-01']) expect(ask(secretOf({ ...good, expiration })).answer).toBeUndefined();
  });
  it.each<[KubeObject, string]>([
    [secretOf(good, {}, { deletionTimestamp: 'x' }), 'is deleted and awaiting removal'],
    [secretOf(good, { type: 'Opaque' }), 'has invalid type, expected bootstrap.kubernetes.io/token.'],
    [secretOf(good, { data: undefined }), 'has invalid type, expected bootstrap.kubernetes.io/token.'],
    [secretOf({ ...good, 'token-secret': 'x' }), 'has invalid value for key token-secret.'],
    [secretOf({ ...good, 'token-id': 'x' }), 'has invalid value for key token-id.'],
    [secretOf({ ...good, 'usage-bootstrap-authentication': 'yes' }), 'not marked usage-bootstrap-authentication=true.'],
    [
      secretOf({ ...good, 'auth-extra-groups': 'system:masters' }),
      'has invalid value for key auth-extra-groups: bootstrap group "system:masters" is invalid (must match \\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\\z).',
    ],
    [secretOf({ ...good, 'auth-extra-groups': 'system:bootstrappers:a\n' }), 'has invalid value for key auth-extra-groups'],
  ])('is unknown, and the log says why: %#', (secret, why) => {
    const { answer, logged } = ask(secret);
    expect(answer).toBeUndefined();
    expect(logged[0]).toContain(`Bootstrap secret kube-system/bootstrap-token-abc123 matching bearer token ${why}`);
    expect(logged[0]).not.toContain(tokenSecret);
  });
  it('is unknown without its secret', () => {
    const { answer, logged } = ask(undefined);
    expect([answer, logged]).toEqual([undefined, ['No secret of name bootstrap-token-abc123 to match bootstrap bearer token']]);
  });
  it('has one form; nobody is asked about others', () => {
    for (const shown of ['', 'abc123', `${token}\n`, `${token}.x`, token.toUpperCase(), `../${token}`]) expect(ask(secretOf(good), shown).asked).toEqual([]);
    fc.assert(
      fc.property(fc.string(), (shown) => {
        expect(ask(secretOf(good), shown).answer).toBeUndefined();
      }),
    );
  });
});
