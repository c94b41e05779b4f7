import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cluster } from './environment.js';
import { HttpClient } from './http.js';

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const tokens = 'good-token,jane,u-17,"dev,ops"\n';

describe('a token of the token file', () => {
  const c = cluster((it) => ({ args: [`--token-auth-file=${it.file('tokens.csv', tokens)}`] }));
  const anonymous = () => new HttpClient(c.server.url, { ca: c.server.credentials().ca });
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it.skipIf(!has('curl', '--version'))('lets curl read /api over HTTPS, as in the document', () => {
    const ca = c.file('ca.crt', c.server.credentials().ca);
    const { stdout, status } = spawnSync(
      'curl',
      ['--silent', '--fail', '--cacert', ca, '--header', 'Authorization: Bearer good-token', '-X', 'GET', `${c.server.url}/api`],
      {
        encoding: 'utf8',
      },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  it('that nobody has is answered 401 with a Status', async () => {
    const { status, json } = await anonymous().ask('/api', bearer('bad-token'));
    expect(status).toBe(401);
    expect(json()).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 });
  });

  it('names its user, uid and groups', async () => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const { status, json } = await anonymous().ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body, ...bearer('good-token') });
    expect(status).toBe(201);
    expect(json().status).toMatchObject({ userInfo: { username: 'jane', uid: 'u-17', groups: ['dev', 'ops', 'system:authenticated'] } });
  });

  it('is not needed for health and the version, which anonymous users may read', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version']) expect((await anonymous().ask(path)).status).toBe(200);
    const { status, json } = await anonymous().ask('/api/v1/pods');
    expect(status).toBe(403);
    expect(json()).toMatchObject({
      reason: 'Forbidden',
      message: 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    });
  });
});

describe('--anonymous-auth=false', () => {
  const c = cluster({ args: ['--anonymous-auth=false'] });

  it('answers 401 to whoever shows nothing', async () => {
    const anonymous = new HttpClient(c.server.url, { ca: c.server.credentials().ca });
    expect((await anonymous.ask('/api')).status).toBe(401);
    expect((await anonymous.ask('/readyz')).status).toBe(401);
    expect((await new HttpClient(c.server.url, c.server.credentials()).ask('/readyz')).status).toBe(200);
  });
});

describe.skipIf(!has('openssl', 'version'))('a client certificate', () => {
  const c = cluster((it) => ({
    args: [
      `--client-ca-file=${authority(it.directory, 'ca')}`,
      `--requestheader-client-ca-file=${authority(it.directory, 'proxies')}`,
      '--requestheader-allowed-names=front',
      '--requestheader-group-headers=X-Groups',
    ],
  }));

  function openssl(...args: string[]): void {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

  /** Makes NAME.crt and NAME.key; gives the certificate's path. */
  function authority(directory: string, name: string): string {
    const file = join(directory, name);
    openssl('req', '-x509', ...newKey, '-keyout', `${file}.key`, '-out', `${file}.crt`, '-subj', `/CN=${name}`, '-days', '2');
    return `${file}.crt`;
  }

  /** A client with a certificate signed by an authority. */
  function clientOf(name: string, subject: string, { signer = 'ca', days = 1 }: { signer?: string; days?: number } = {}): HttpClient {
    const file = join(c.directory, name);
    const ca = join(c.directory, signer);
    openssl('req', ...newKey, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', subject);
    openssl('x509', '-req', '-in', `${file}.csr`, '-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', String(days), '-out', `${file}.crt`);
    return new HttpClient(c.server.url, { ca: c.server.credentials().ca, cert: readFileSync(`${file}.crt`, 'utf8'), key: readFileSync(`${file}.key`, 'utf8') });
  }

  beforeAll(() => {
    authority(c.directory, 'foreign');
  });

  const review = { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

  it('signed by the CA makes its CN the user and its Os the groups', async () => {
    const { status, json } = await clientOf('jane', '/O=dev/O=ops/CN=jane').ask(path, review);
    expect(status).toBe(201);
    const { userInfo } = json<{ status: { userInfo: { username: string; groups: string[] } } }>().status;
    expect(userInfo.username).toBe('jane');
    expect(userInfo.groups).toEqual(['dev', 'ops', 'system:authenticated']);
  });

  it('with O=system:masters may do everything', async () => {
    expect((await clientOf('root', '/O=system:masters/CN=root').ask('/api/v1/secrets')).status).toBe(200);
  });

  it('that has expired is answered 401', async () => {
    expect((await clientOf('late', '/CN=late', { days: -1 }).ask('/api')).status).toBe(401);
  });

  it('of a foreign CA is answered 401', async () => {
    expect((await clientOf('stranger', '/O=system:masters/CN=stranger', { signer: 'foreign' }).ask('/api')).status).toBe(401);
  });

  const headers = { 'x-remote-user': 'jane', 'x-groups': 'dev', 'x-remote-group': 'system:masters' };

  it('of a front proxy lets its headers name the user, in the groups that the chosen header has', async () => {
    const { status, json } = await clientOf('front', '/CN=front', { signer: 'proxies' }).ask(path, { ...review, headers });
    expect(status).toBe(201);
    const { userInfo } = json<{ status: { userInfo: { username: string; groups: string[] } } }>().status;
    expect(userInfo).toMatchObject({ username: 'jane', groups: ['dev', 'system:authenticated'] });
  });

  it('of a front proxy whose name is not among the allowed is answered 401', async () => {
    expect((await clientOf('back', '/CN=back', { signer: 'proxies' }).ask(path, { ...review, headers })).status).toBe(401);
  });

  it('of a client lets it name nobody else', async () => {
    const { json } = await clientOf('front-client', '/CN=front').ask(path, { ...review, headers });
    expect(json()).toMatchObject({ status: { userInfo: { username: 'front' } } });
  });
});
