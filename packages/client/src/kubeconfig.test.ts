import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock } from '@apiserver-kit/machinery';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inClusterConfig, readKubeconfig } from './kubeconfig.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-kubeconfig-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const clock = fakeClock();
const read = (cluster: object, user: object = {}, more: object = {}) => {
  const path = join(directory, 'config');
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'a', user: 'b' } }],
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'b', user }],
    ...more,
  };
  writeFileSync(path, JSON.stringify(config));
  return readKubeconfig(path, { clock });
};
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  it('says where a server is and how it is known, inline', () => {
    const { server, tls } = read(
      { server: 'https://x/authn', 'certificate-authority-data': base64('CA'), 'tls-server-name': 'y' },
      { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
    );
    expect([server, tls]).toEqual(['https://x/authn', { caPem: 'CA', certPem: 'CERT', keyPem: 'KEY', serverName: 'y', insecureSkipTlsVerify: false }]);
  });
  it('names files beside it', () => {
    mkdirSync(join(directory, 'pki'));
    writeFileSync(join(directory, 'pki', 'ca.crt'), 'CA');
    expect(read({ server: 'x', 'certificate-authority': 'pki/ca.crt' })).toMatchObject({ server: 'https://x', tls: { caPem: 'CA' } });
  });
  it('says who we are: by token, by password, not at all', () => {
    expect(read({ server: 'x' }, { token: 't' }).authorization()).toBe('Bearer t');
    expect(read({ server: 'x' }, { username: 'u', password: 'p' }).authorization()).toBe(`Basic ${base64('u:p')}`);
    expect(read({ server: 'x' }).authorization()).toBeUndefined();
  });
  it('names a file of a token, which is read again after a minute', () => {
    writeFileSync(join(directory, 'token'), 'one\n');
    const { authorization } = read({ server: 'x' }, { tokenFile: 'token', token: 'other' });
    expect(authorization()).toBe('Bearer one');
    writeFileSync(join(directory, 'token'), 'two');
    clock.advance(59_999);
    expect(authorization()).toBe('Bearer one');
    clock.advance(1);
    expect(authorization()).toBe('Bearer two');
  });
  it.each<[object, object, object, string]>([
    [{}, {}, {}, 'no server found for cluster'],
    [{ server: 'x' }, {}, { 'current-context': '' }, 'no current-context'],
    [{ server: 'x' }, {}, { 'current-context': 'd' }, 'context "d" does not exist'],
    [{ server: 'x' }, {}, { users: [] }, 'user "b" does not exist'],
    [{ server: 'x' }, { exec: {} }, {}, 'user "b": exec is not supported'],
    [{ server: 'x', 'proxy-url': 'http://p' }, {}, {}, 'proxy-url is not supported'],
    [{ server: 'x', 'insecure-skip-tls-verify': true, 'certificate-authority-data': base64('CA') }, {}, {}, 'are mutually exclusive'],
  ])('is refused: %#', (cluster, user, more, message) => {
    expect(() => read(cluster, user, more)).toThrow(message);
    expect(() => read(cluster, user, more)).toThrow('invalid configuration: ');
  });
});

describe('a pod', () => {
  it('knows its API server by its environment and its mounted account', () => {
    writeFileSync(join(directory, 'ca.crt'), 'CA');
    writeFileSync(join(directory, 'token'), 'T');
    const { server, tls, authorization } = inClusterConfig({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, directory);
    expect([server, tls, authorization()]).toEqual(['https://[fd00::1]:443', { caPem: 'CA' }, 'Bearer T']);
    expect(() => inClusterConfig({}, directory)).toThrow('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined');
  });
});
