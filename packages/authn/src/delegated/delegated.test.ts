import type { Kubeconfig } from '@apiserver-kit/client/kubeconfig';
import { systemClock } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, createContext } from '@apiserver-kit/pipeline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authentication } from '../authentication.js';
import type { AuthResult } from '../authenticator.js';
import { basicConstraints, clientAuth, cn, day, type Identity, issue, keyUsage, name, pem, tlsAuthority, usages, utf8 } from '../testing/authority.js';
import { startHttps } from '../testing/https-server.js';
import { type DelegatedOptions, delegatedAuthentication } from './index.js';

const validity = { notBefore: systemClock.now() - day, notAfter: systemClock.now() + day };
const authority = (subject: string) =>
  issue({ subject: name([[cn, utf8(subject)]]), extensions: [basicConstraints(true), keyUsage(0b0000_0100)], ...validity });
const clients = authority('clients');
const proxies = authority('proxies');
const newProxies = authority('new-proxies');
const certificate = (subject: string, by: Identity) => issue({ subject: name([[cn, utf8(subject)]]), by, extensions: [usages(clientAuth)], ...validity });

describe('an extension server', () => {
  const tls = tlsAuthority();
  let cluster: Awaited<ReturnType<typeof startHttps>>;
  let config: Kubeconfig;
  let configMap: { code: number; resourceVersion: string; data: Record<string, string> };
  let reads = 0;
  const data = (proxyCA: Identity) => ({
    'client-ca-file': pem(clients),
    'requestheader-client-ca-file': pem(proxyCA),
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-allowed-names': '["front-proxy-client"]',
  });
  beforeAll(async () => {
    cluster = await startHttps(tls.server(), (request, response, body) => {
      const answer = (code: number, object: unknown) => response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(object));
      if (request.headers.authorization !== 'Bearer own-token') return answer(401, {});
      if (request.url === '/k/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication') {
        reads++;
        const { code, resourceVersion } = configMap;
        return answer(code, code === 200 ? { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion }, data: configMap.data } : {});
      }
      if (request.url !== '/k/apis/authentication.k8s.io/v1/tokenreviews') return answer(404, {});
      const review = JSON.parse(body);
      return answer(201, { ...review, status: { authenticated: review.spec.token === 'good', user: { username: 'jane', groups: ['dev'] } } });
    });
    config = { server: `${cluster.url}/k`, tls: { caPem: tls.ca }, authorization: () => 'Bearer own-token' };
  });
  afterAll(() => cluster.close());
  beforeEach(() => {
    configMap = { code: 200, resourceVersion: '1', data: data(proxies) };
    reads = 0;
  });

  const request = (headers: Record<string, string>, by?: Identity) => {
    const peer = by && { chain: [by.der] };
    return createContext({ method: 'GET', path: '/', headers: { ...headers }, peerCertificate: () => peer } as unknown as ApiRequest);
  };
  const open = (options?: DelegatedOptions) => delegatedAuthentication(config, options);
  const named = { 'x-remote-user': 'jane', 'x-remote-group': 'dev' };

  it('knows whom the front proxy of its cluster names', async () => {
    await using delegated = await open();
    const ctx = request(named, certificate('front-proxy-client', proxies));
    const filter = authentication(delegated.authenticator, { requestHeaders: delegated.requestHeaders });
    expect(((await filter(() => ({ status: 200, headers: {}, body: '' }))(ctx)) as ApiResponse).status).toBe(200);
    expect(ctx.user).toEqual({ name: 'jane', uid: '', groups: ['dev', 'system:authenticated'], extra: {} });
    expect(Object.keys(ctx.request.headers)).toEqual([]);
  });
  it('believes no header of others', async () => {
    await using delegated = await open();
    const ask = (by?: Identity) => delegated.authenticator.authenticate(request(named, by)) as AuthResult;
    expect(ask(certificate('joe', clients)).user.name).toBe('joe');
    expect(ask().user.name).toBe('system:anonymous');
    expect(() => ask(certificate('other', proxies))).toThrow('x509: subject with cn=other is not in the allowed list');
  });
  it('asks its cluster whose a token is', async () => {
    await using delegated = await open();
    const ask = (token: string) => delegated.authenticator.authenticate(request({ authorization: `Bearer ${token}` }));
    expect(await ask('good')).toMatchObject({ user: { name: 'jane', groups: ['dev', 'system:authenticated'] } });
    await expect(ask('bad')).rejects.toThrow('invalid bearer token');
  });
  it('knows nobody who shows nothing, where that is wanted', async () => {
    await using delegated = await open({ anonymous: false });
    expect(delegated.authenticator.authenticate(request({}))).toBeUndefined();
  });
  it('follows the authorities of its cluster, and keeps them when new ones are no good', async () => {
    await using delegated = await open({ pollMs: 5 });
    const isKnown = (by: Identity) => {
      try {
        return (delegated.authenticator.authenticate(request(named, certificate('front-proxy-client', by))) as AuthResult).user.name === 'jane';
      } catch {
        return false;
      }
    };
    expect([isKnown(proxies), isKnown(newProxies)]).toEqual([true, false]);
    configMap = { code: 200, resourceVersion: '2', data: { ...data(proxies), 'requestheader-client-ca-file': '' } };
    const before = reads;
    await expect.poll(() => reads).toBeGreaterThan(before + 1);
    expect(isKnown(proxies)).toBe(true);
    configMap = { code: 200, resourceVersion: '3', data: data(newProxies) };
    await expect.poll(() => isKnown(newProxies)).toBe(true);
    expect(isKnown(proxies)).toBe(false);
  });
  it('does not start where its cluster does not tell, unless that is tolerated', async () => {
    configMap = { ...configMap, code: 403 };
    await expect(open()).rejects.toThrow('the server does not allow access to the requested resource');
    await using tolerant = await open({ tolerateLookupFailure: true });
    expect(tolerant.authenticator.authenticate(request(named, certificate('front-proxy-client', proxies)))).toMatchObject({
      user: { name: 'system:anonymous' },
    });
    configMap = { ...configMap, code: 404 };
    await using bare = await open();
    expect(bare.requestHeaders().user).toEqual([]);
    reads = 0;
    await using own = await open({ skipLookup: true });
    expect([reads, own.requestHeaders().user]).toEqual([0, []]);
  });
});
