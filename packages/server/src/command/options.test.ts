import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../certs/index.js';
import { readFlags } from './flags.js';
import { serveOptions } from './options.js';

let directory: string;
const path = (name: string) => join(directory, name);
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-options-'));
  const ca = await createCertificateAuthority();
  const [mine, other] = await Promise.all([0, 1].map(() => issueCertificate({ ca, subject: { commonName: 'x' }, usages: ['server'] })));
  writeFileSync(path('ca.crt'), ca.certPem);
  writeFileSync(path('mine.crt'), mine!.certPem);
  writeFileSync(path('mine.key'), mine!.keyPem);
  writeFileSync(path('other.key'), other!.keyPem);
  writeFileSync(path('broken.crt'), '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
  writeFileSync(path('empty'), '');
  writeFileSync(path('tokens'), 't,jane,1,"a,b"\n\nu,joe,2\n');
  writeFileSync(path('bad-tokens'), 't,jane,1\nu,joe\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const options = (...args: string[]) => serveOptions(readFlags(args.map((arg) => arg.replace('@', `${directory}/`))));

describe('serveOptions', () => {
  it('has the defaults that the help tells', () => {
    expect(options()).toEqual({
      bindAddress: '127.0.0.1',
      securePort: 6443,
      certDir: join(process.cwd(), '.apiserver-kit/pki'),
      servingCertificate: undefined,
      kubeconfigFiles: [join(process.cwd(), '.apiserver-kit/admin.kubeconfig')],
      dataDir: join(process.cwd(), '.apiserver-kit'),
      storageBackend: 'lmdb',
      etcd: undefined,
      etcdPrefix: '/registry',
      encryptionConfig: undefined,
      reloadEncryptionConfig: false,
      serviceClusterIPRange: undefined,
      serviceNodePortRange: undefined,
      clientCAPem: undefined,
      tokenFile: undefined,
      aggregation: { proxyClientCertificate: undefined, routeToEndpoints: false },
      serviceAccounts: { issuers: ['https://kubernetes.default.svc'], signingKeyPem: undefined, keyPem: undefined, audiences: undefined },
      anonymousAuth: true,
      authorizationMode: ['RBAC'],
      enableAdmissionPlugins: [],
      disableAdmissionPlugins: [],
      verbosity: 0,
    });
  });

  it('takes what is given', () => {
    expect(
      options(
        '--bind-address=::',
        '--secure-port=0',
        '--data-dir=@data',
        '--cert-dir=@certs',
        '--write-kubeconfig=@k',
        '--storage-backend=memory',
        '--etcd-prefix=/a/',
        '--anonymous-auth=false',
        '--authorization-mode=AlwaysDeny,RBAC,RBAC',
        '--enable-admission-plugins=NamespaceLifecycle',
        '--disable-admission-plugins=ServiceAccount,ResourceQuota',
        '--client-ca-file=@ca.crt',
        '--token-auth-file=@tokens',
        '--tls-cert-file=@mine.crt',
        '--tls-private-key-file=@mine.key',
        '--insecure-port=0',
        '--profiling=false',
        '-v=3',
      ),
    ).toMatchObject({
      bindAddress: '::',
      securePort: 0,
      certDir: path('certs'),
      kubeconfigFiles: [path('data/admin.kubeconfig'), path('k')],
      storageBackend: 'memory',
      etcdPrefix: '/a',
      anonymousAuth: false,
      authorizationMode: ['AlwaysDeny', 'RBAC'],
      enableAdmissionPlugins: ['NamespaceLifecycle'],
      disableAdmissionPlugins: ['ServiceAccount', 'ResourceQuota'],
      clientCAPem: expect.stringContaining('BEGIN CERTIFICATE'),
      tokenFile: path('tokens'),
      servingCertificate: { keyPem: expect.stringContaining('PRIVATE KEY') },
      verbosity: 3,
    });
  });

  it.each([
    ['--secure-port=http', 'must be a port, 0 to 65535'],
    ['--secure-port=65536', 'must be a port'],
    ['--secure-port=-1', 'must be a port'],
    ['--secure-port=', 'must be a port'],
    ['--bind-address=somewhere', 'must be an IP address'],
    ['--storage-backend=postgres', 'must be one of memory, lmdb, etcd3'],
    ['--authorization-mode=RBAC,Nope', 'must be of'],
    ['--authorization-mode=', 'at least one mode'],
    ['--enable-admission-plugins=Nope', 'no such admission plugin'],
    ['--disable-admission-plugins=Nope', 'no such admission plugin'],
    ['--enable-admission-plugins=ResourceQuota', 'not available yet'],
    ['--anonymous-auth=perhaps', 'must be true or false'],
    ['--data-dir=@tokens', 'no directory'],
    ['--data-dir=@tokens/x', 'no such file'],
    ['--data-dir=', 'must be a directory'],
    ['--write-kubeconfig=@.', 'must be a file'],
    ['--storage-backend=etcd3', 'needs --etcd-servers'],
    ['--etcd-servers=localhost', 'must be URLs'],
    ['--storage-backend=lmdb --etcd-servers=http://127.0.0.1:2379', 'must be etcd3'],
    ['--etcd-certfile=@tokens --etcd-servers=http://127.0.0.1:2379', 'must be given together'],
    ['--etcd-cafile=@none --etcd-servers=http://127.0.0.1:2379', 'no such file'],
    ['--encryption-provider-config=@none', 'no such file'],
    ['--service-cluster-ip-range=10.0.0.0', 'must be a range'],
    ['--service-cluster-ip-range=10.0.0.0/33', 'must be a range'],
    ['--service-node-port-range=2-1', 'must be a range'],
    ['--etcd-prefix=registry', 'must start with a slash'],
    ['--etcd-prefix=/', 'must start with a slash and name something'],
    ['--client-ca-file=@none', 'no such file'],
    ['--client-ca-file=@empty', 'holds no certificate'],
    ['--client-ca-file=@broken.crt', 'cannot be read'],
    ['--client-ca-file=@.', 'is a directory'],
    ['--service-account-issuer=:b', 'is no URL'],
    ['--service-account-signing-key-file=@tokens', 'holds no key'],
    ['--token-auth-file=@none', 'no such file'],
    ['--token-auth-file=@bad-tokens', 'line 2 must have at least 3 columns'],
    ['--insecure-port=8080', 'TLS only'],
    ['--insecure-bind-address=127.0.0.1', 'TLS only'],
    ['--v=loud', 'must be a level'],
  ])('refuses %s in one line that names the flag', (flag, why) => {
    let message = '';
    try {
      options(...flag.split(' '));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(flag.split('=')[0]);
    expect(message).toContain(why);
    expect(message).not.toContain('\n');
  });

  it('refuses a certificate and a key that are not of each other, or come alone', () => {
    expect(() => options('--tls-cert-file=@mine.crt')).toThrow('--tls-cert-file and --tls-private-key-file must be given together');
    expect(() => options('--tls-private-key-file=@mine.key')).toThrow('must be given together');
    expect(() => options('--tls-cert-file=@mine.crt', '--tls-private-key-file=@other.key')).toThrow('it is not the key of --tls-cert-file');
    expect(() => options('--tls-cert-file=@mine.crt', '--tls-private-key-file=@empty')).toThrow('no private key');
    expect(() => options('--tls-cert-file=@empty', '--tls-private-key-file=@mine.key')).toThrow('holds no certificate');
  });

  it('refuses a plugin that is enabled and disabled', () => {
    expect(() => options('--enable-admission-plugins=NamespaceLifecycle', '--disable-admission-plugins=NamespaceLifecycle')).toThrow(
      'in --disable-admission-plugins, too',
    );
  });
});
