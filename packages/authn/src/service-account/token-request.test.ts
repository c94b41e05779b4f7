import { generateKeyPairSync } from 'node:crypto';
import { fakeClock, type KubeObject, type StatusError } from '@apiserver-kit/machinery';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { tokenIssuer } from './issuer.js';
import { tokenRequest, type TokenRequestOptions } from './token-request.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const make = (kind: string, name: string, uid: string, more = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'ci', uid },
  ...more,
});
const store: Record<string, KubeObject> = {
  builder: make('ServiceAccount', 'builder', 'sa-uid'),
  job: make('Pod', 'job', 'pod-uid', { spec: { serviceAccountName: 'builder', nodeName: 'n1' } }),
  lost: make('Pod', 'lost', 'lost-uid', { spec: { serviceAccountName: 'builder', nodeName: 'gone' } }),
  other: make('Pod', 'other', 'other-uid', { spec: { serviceAccountName: 'default' } }),
  n1: make('Node', 'n1', 'node-uid'),
  s1: make('Secret', 's1', 'secret-uid'),
};
const byName = (_: string, name: string) => store[name];
const options: TokenRequestOptions = {
  issuer: tokenIssuer('https://issuer', privateKey),
  audiences: ['api', 'api2'],
  objects: { serviceAccount: byName, pod: byName, secret: byName, node: (name) => store[name] },
  clock: fakeClock(),
  uuid: () => 'id-1',
};
type Answer = KubeObject & { spec: Record<string, unknown>; status: { token: string; expirationTimestamp: string } };
const request = async (spec: object, { metadata = {}, ...more }: Partial<TokenRequestOptions> & { metadata?: object } = {}) => {
  const warnings: string[] = [];
  const annotations: Record<string, string> = {};
  const asked = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata, spec } as KubeObject;
  const call = {
    namespace: 'ci',
    name: 'builder',
    warn: (text: string) => warnings.push(text),
    annotate: (key: string, value: string) => {
      annotations[key] = value;
    },
  };
  const answer = (await tokenRequest(asked, call, { ...options, ...more })) as Answer;
  return { answer, claims: decodeJwt(answer.status.token), warnings, annotations };
};
const failure = (spec: object, more = {}): Promise<StatusError> =>
  request(spec, more).then(
    () => Promise.reject(new Error('it was answered')),
    (error: StatusError) => error,
  );
const bind = (kind: string, name: string, more = {}) => ({ boundObjectRef: { apiVersion: 'v1', kind, name, ...more } });
const now = Date.UTC(2026, 0, 1) / 1000;

describe('a TokenRequest', () => {
  it('is answered with a token, and when it ends', async () => {
    const { answer, claims, annotations } = await request({ audiences: ['vault'], expirationSeconds: 600 });
    expect(answer).toEqual({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: 'builder', namespace: 'ci', uid: 'sa-uid', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { audiences: ['vault'], expirationSeconds: 600, boundObjectRef: null },
      status: { token: answer.status.token, expirationTimestamp: '2026-01-01T00:10:00Z' },
    });
    expect(JSON.stringify(claims)).toBe(
      JSON.stringify({
        aud: ['vault'],
        exp: now + 600,
        iat: now,
        iss: 'https://issuer',
        jti: 'id-1',
        'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'builder', uid: 'sa-uid' } },
        nbf: now,
        sub: 'system:serviceaccount:ci:builder',
      }),
    );
    expect(annotations).toEqual({ 'authentication.kubernetes.io/issued-credential-id': 'JTI=id-1' });
  });
  it('asks for an hour and the audiences of the server, unless it says otherwise', async () => {
    const { claims } = await request({});
    expect([claims.aud, claims.exp]).toEqual([['api', 'api2'], now + 3600]);
  });
  it('binds to a pod, with its node, even one that is gone', async () => {
    expect((await request(bind('Pod', 'job'))).claims['kubernetes.io']).toMatchObject({
      pod: { name: 'job', uid: 'pod-uid' },
      node: { name: 'n1', uid: 'node-uid' },
    });
    expect((await request(bind('Pod', 'lost'))).claims['kubernetes.io']).toMatchObject({ node: { name: 'gone' } });
  });
  it('binds to a secret or a node', async () => {
    expect((await request(bind('Secret', 's1'))).claims['kubernetes.io']).toMatchObject({ secret: { name: 's1', uid: 'secret-uid' } });
    expect((await request(bind('Node', 'n1', { uid: 'node-uid' }))).claims['kubernetes.io']).toMatchObject({ node: { name: 'n1', uid: 'node-uid' } });
  });
  it('is shortened where the server says so', async () => {
    const { answer, claims, warnings } = await request({ expirationSeconds: 86_400 }, { maxExpirationSeconds: 7200 });
    expect([answer.spec.expirationSeconds, claims.exp]).toEqual([7200, now + 7200]);
    expect(warnings).toEqual(['requested expiration of 86400 seconds shortened to 7200 seconds']);
  });
  it('of a projected volume is extended, and says after which time it is stale', async () => {
    const projected = { ...bind('Pod', 'job'), expirationSeconds: 3607 };
    const { answer, claims } = await request(projected);
    expect([claims.exp, answer.status.expirationTimestamp]).toEqual([now + 365 * 86_400, '2026-01-01T01:00:07Z']);
    expect(claims['kubernetes.io']).toMatchObject({ warnafter: now + 3607 });
    expect((await request(projected, { extendExpiration: false })).claims.exp).toBe(now + 3607);
    expect((await request({ ...projected, audiences: ['api', 'vault'] })).claims.exp).toBe(now + 3607);
    expect((await request({ expirationSeconds: 3607 })).claims.exp).toBe(now + 3607);
  });
});

describe('a TokenRequest is refused', () => {
  it.each([
    [{ expirationSeconds: 599 }, 'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes'],
    [{ expirationSeconds: 2 ** 32 + 1 }, 'spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds'],
    [{ attestations: { a: ['b'] } }, 'spec.attestations: Invalid value: {"a":["b"]}: attestations may only be specified with a webhook bound object reference'],
  ])('for %j', async (spec, message) => {
    const error = await failure(spec);
    expect([error.status.code, error.message]).toEqual([422, `TokenRequest.authentication.k8s.io "" is invalid: ${message}`]);
  });
  it('for another account than that of the path', async () => {
    expect((await failure({}, { metadata: { name: 'x' } })).message).toBe(
      'TokenRequest.authentication.k8s.io "builder" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified',
    );
    expect((await failure({}, { metadata: { namespace: 'x' } })).message).toContain('must match the service account namespace if specified');
    const error = await failure({}, { metadata: { uid: 'x' } });
    expect([error.status.code, error.message]).toEqual([
      409,
      'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "builder": the UID in the token request (x) does not match the UID of the service account (sa-uid)',
    ]);
  });
  it.each([
    [bind('Pod', 'other'), 400, 'cannot bind token for serviceaccount "builder" to pod running with different serviceaccount name.'],
    [bind('Pod', 'none'), 404, 'pods "none" not found'],
    [bind('Secret', 's1', { uid: 'x' }), 409, 'the UID in the bound object reference (x) does not match the UID in record.'],
    [bind('ConfigMap', 'c'), 400, 'cannot bind token to object of type /v1, Kind=ConfigMap'],
    [bind('constructor', 'c'), 400, 'cannot bind token to object of type /v1, Kind=constructor'],
    [bind('Pod', 'job', { apiVersion: 'apps/v1' }), 400, 'cannot bind token to object of type apps/v1, Kind=Pod'],
    [
      {
        audiences: ['a'],
        attestations: { admissionReviewAPIGroups: ['*'] },
        boundObjectRef: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', name: 'm' },
      },
      400,
      'cannot bind token to object of type admissionregistration.k8s.io/v1, Kind=MutatingWebhookConfiguration (feature gate APIServerWebhookAuthenticationToken is disabled)',
    ],
  ])('for %j', async (spec, code, message) => {
    const error = await failure(spec);
    expect(error.status.code).toBe(code);
    expect(error.message).toContain(message);
  });
  it('by admission, which cannot change it', async () => {
    const call = {
      namespace: 'ci',
      name: 'builder',
      admit: (seen: KubeObject) => {
        (seen as Answer).spec.audiences = ['stolen'];
      },
    };
    const answer = (await tokenRequest({ apiVersion: 'v1', kind: 'x', metadata: {} }, call, options)) as Answer;
    expect(answer.spec.audiences).toEqual(['api', 'api2']);
  });
});
