/** From flags to options: everything is checked here, before anything is made. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { admissionPluginNames, availableAdmissionPlugins } from './admission-plugins.js';
import type { AuditFiles } from '../assembly/open-audit.js';
import type { ServiceAccountOptions } from '../assembly/service-accounts.js';
import type { EtcdServers, FrontProxies, StorageBackend } from './assembly.js';
import { FlagError, type Flags } from './flags.js';

/** PEM. */
interface CertificateFlags {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface ServeOptions {
  readonly bindAddress: string;
  readonly securePort: number;
  readonly certDir: string;
  /** PEM; undefined to have one made. */
  readonly servingCertificate: CertificateFlags | undefined;
  readonly kubeconfigFiles: readonly string[];
  readonly dataDir: string;
  readonly storageBackend: StorageBackend;
  /** Only for the backend `etcd3`. */
  readonly etcd: EtcdServers | undefined;
  readonly etcdPrefix: string;
  readonly encryptionConfig: string | undefined;
  readonly reloadEncryptionConfig: boolean;
  readonly serviceClusterIPRange: string | undefined;
  readonly serviceNodePortRange: string | undefined;
  /** PEM, as the file has it. */
  readonly clientCAPem: string | undefined;
  readonly tokenFile: string | undefined;
  readonly frontProxies: FrontProxies | undefined;
  readonly audit: AuditFiles | undefined;
  readonly serviceAccounts: ServiceAccountFlags;
  readonly aggregation: { readonly proxyClientCertificate: CertificateFlags | undefined; readonly routeToEndpoints: boolean };
  readonly anonymousAuth: boolean;
  readonly authorizationMode: readonly string[];
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly verbosity: number;
}

/** The flags about tokens of service accounts; without a key the server has one of its own. */
export interface ServiceAccountFlags extends Omit<ServiceAccountOptions, 'signingKeyPem'> {
  readonly signingKeyPem: string | undefined;
}

const storageBackends = ['memory', 'lmdb', 'etcd3'] as const;
const authorizationModes = ['AlwaysAllow', 'AlwaysDeny', 'RBAC'];
/** Those that kube-apiserver has besides. */
const otherAuthorizationModes = ['ABAC', 'Node', 'Webhook'];

const bad = (name: string, value: string, why: string): FlagError => new FlagError(`invalid value ${JSON.stringify(value)} for --${name}: ${why}`);

/**
 * Reads and checks the options of `serve`. Touches files only to read them.
 * @throws FlagError
 */
export function serveOptions(flags: Flags): ServeOptions {
  refuseInsecure(flags);
  const bindAddress = flags.text('bind-address') ?? '127.0.0.1';
  if (isIP(bindAddress) === 0) throw bad('bind-address', bindAddress, 'must be an IP address');
  const dataDir = resolve(directory(flags, 'data-dir') ?? '.apiserver-kit');
  const certDir = directory(flags, 'cert-dir');
  const kubeconfigFile = flags.text('write-kubeconfig');
  if (kubeconfigFile !== undefined && (kubeconfigFile === '' || isDirectory(kubeconfigFile) === true))
    throw bad('write-kubeconfig', kubeconfigFile, 'must be a file');
  const etcdPrefix = flags.text('etcd-prefix') ?? '/registry';
  if (!/^\/[^\s]/.test(etcdPrefix)) throw bad('etcd-prefix', etcdPrefix, 'must start with a slash and name something');
  flags.boolean('profiling', false);
  return {
    bindAddress,
    securePort: number(flags, 'secure-port', 6443, 65_535, 'a port'),
    certDir: certDir === undefined ? join(dataDir, 'pki') : resolve(certDir),
    servingCertificate: servingCertificate(flags),
    kubeconfigFiles: [join(dataDir, 'admin.kubeconfig'), ...(kubeconfigFile === undefined ? [] : [resolve(kubeconfigFile)])],
    dataDir,
    ...storage(flags),
    encryptionConfig: existingFile(flags, 'encryption-provider-config'),
    reloadEncryptionConfig: flags.boolean('encryption-provider-config-automatic-reload', false),
    serviceClusterIPRange: serviceClusterIPRange(flags),
    serviceNodePortRange: serviceNodePortRange(flags),
    etcdPrefix: etcdPrefix.replace(/\/+$/, ''),
    clientCAPem: clientCA(flags),
    tokenFile: tokenFile(flags),
    frontProxies: frontProxies(flags),
    audit: auditFiles(flags),
    serviceAccounts: serviceAccountFlags(flags),
    aggregation: aggregationFlags(flags),
    anonymousAuth: flags.boolean('anonymous-auth', true),
    authorizationMode: authorizationMode(flags),
    ...admissionPlugins(flags),
    verbosity: number(flags, 'v', 0, 100, 'a level'),
  };
}

function refuseInsecure(flags: Flags): void {
  const port = flags.text('insecure-port');
  if (port !== undefined && port !== '0') throw bad('insecure-port', port, 'must be 0; this server speaks TLS only');
  const address = flags.text('insecure-bind-address');
  if (address !== undefined) throw bad('insecure-bind-address', address, 'this server speaks TLS only');
}

function number(flags: Flags, name: string, standard: number, most: number, what: string): number {
  const value = flags.text(name);
  if (value === undefined) return standard;
  const read = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(read <= most)) throw bad(name, value, `must be ${what}, 0 to ${most}`);
  return read;
}

/** A comma-separated list: each item once. */
function list(flags: Flags, name: string): string[] {
  const value = flags.text(name);
  if (value === undefined || value === '') return [];
  return [...new Set(value.split(',').map((item) => item.trim()))];
}

/** Servers of etcd alone say that etcd is meant, as with kube-apiserver. */
function storage(flags: Flags): Pick<ServeOptions, 'storageBackend' | 'etcd'> {
  const servers = flags.text('etcd-servers');
  const value = flags.text('storage-backend') ?? (servers === undefined ? 'lmdb' : 'etcd3');
  const known = storageBackends.find((name) => name === value);
  if (known === undefined) throw bad('storage-backend', value, `must be one of ${storageBackends.join(', ')}`);
  if (known !== 'etcd3') {
    if (servers !== undefined) throw bad('storage-backend', value, 'must be etcd3 where --etcd-servers is given');
    return { storageBackend: known, etcd: undefined };
  }
  if (servers === undefined) throw new FlagError('--storage-backend=etcd3 needs --etcd-servers');
  return { storageBackend: known, etcd: etcdServers(flags, servers) };
}

function etcdServers(flags: Flags, servers: string): EtcdServers {
  for (const server of servers.split(','))
    if (!/^https?:\/\/[^\s/]+\/?$/.test(server.trim()))
      throw bad('etcd-servers', servers, 'must be URLs such as https://127.0.0.1:2379, with commas between them');
  const [caFile, certFile, keyFile] = ['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'].map((name) => existingFile(flags, name));
  if ((certFile === undefined) !== (keyFile === undefined)) throw new FlagError('--etcd-certfile and --etcd-keyfile must be given together');
  return { servers, caFile, certFile, keyFile };
}

function serviceClusterIPRange(flags: Flags): string | undefined {
  const range = flags.text('service-cluster-ip-range');
  if (range === undefined) return undefined;
  const [address = '', bits = ''] = range.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6];
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) throw bad('service-cluster-ip-range', range, 'must be a range such as 10.96.0.0/12');
  return range;
}

function serviceNodePortRange(flags: Flags): string | undefined {
  const range = flags.text('service-node-port-range');
  if (range === undefined) return undefined;
  const [from, to] = (/^(\d{1,5})-(\d{1,5})$/.exec(range) ?? []).slice(1).map(Number);
  if (from === undefined || to === undefined || from > to || to > 65_535) throw bad('service-node-port-range', range, 'must be a range such as 30000-32767');
  return range;
}

function authorizationMode(flags: Flags): string[] {
  if (flags.text('authorization-mode') === undefined) return ['RBAC'];
  const modes = list(flags, 'authorization-mode');
  if (modes.length === 0) throw bad('authorization-mode', '', 'at least one mode must be given');
  for (const mode of modes) {
    if (otherAuthorizationModes.includes(mode)) throw bad('authorization-mode', mode, `not available yet; there are ${authorizationModes.join(', ')}`);
    if (!authorizationModes.includes(mode)) throw bad('authorization-mode', mode, `must be of ${authorizationModes.join(', ')}`);
  }
  return modes;
}

function admissionPlugins(flags: Flags): Pick<ServeOptions, 'enableAdmissionPlugins' | 'disableAdmissionPlugins'> {
  const read = (name: string): string[] => {
    const plugins = list(flags, name);
    for (const plugin of plugins) if (!admissionPluginNames.includes(plugin)) throw bad(name, plugin, 'there is no such admission plugin');
    return plugins;
  };
  const enableAdmissionPlugins = read('enable-admission-plugins');
  const disableAdmissionPlugins = read('disable-admission-plugins');
  for (const plugin of enableAdmissionPlugins) {
    if (disableAdmissionPlugins.includes(plugin)) throw bad('enable-admission-plugins', plugin, 'it is in --disable-admission-plugins, too');
    if (!availableAdmissionPlugins.has(plugin))
      throw bad('enable-admission-plugins', plugin, `not available yet; there are ${[...availableAdmissionPlugins].join(', ')}`);
  }
  return { enableAdmissionPlugins, disableAdmissionPlugins };
}

/** True for a directory, false for something else, undefined for nothing. */
function isDirectory(path: string): boolean | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory();
}

function directory(flags: Flags, name: string): string | undefined {
  const path = flags.text(name);
  if (path === undefined) return undefined;
  if (path === '') throw bad(name, path, 'must be a directory');
  let found: boolean | undefined;
  try {
    found = isDirectory(path);
  } catch (error) {
    throw bad(name, path, reason(error));
  }
  if (found === false) throw bad(name, path, 'it is there, and no directory');
  return path;
}

const reasons: Record<string, string> = { ENOENT: 'no such file', EACCES: 'may not be read', EISDIR: 'is a directory', ENOTDIR: 'no such file' };
const reason = (error: unknown): string => reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be read';

function file(flags: Flags, name: string): string | undefined {
  const path = flags.text(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw bad(name, path, reason(error));
  }
}

/** The path of a file that can be read. */
const existingFile = (flags: Flags, name: string): string | undefined => (file(flags, name) === undefined ? undefined : resolve(flags.text(name)!));

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function readable(name: string, path: string, pem: string): X509Certificate[] {
  try {
    return (pem.match(certificate) ?? []).map((one) => new X509Certificate(one));
  } catch {
    throw bad(name, path, 'holds a certificate that cannot be read');
  }
}

const clientCA = (flags: Flags): string | undefined => authorities(flags, 'client-ca-file');

/** A bundle of authorities, PEM. */
function authorities(flags: Flags, name: string): string | undefined {
  const pem = file(flags, name);
  const path = flags.text(name)!;
  if (pem !== undefined && readable(name, path, pem).length === 0) throw bad(name, path, 'holds no certificate (PEM)');
  return pem;
}

/** Without authorities of front proxies nobody is one, and the other flags say nothing. */
function frontProxies(flags: Flags): FrontProxies | undefined {
  const caPem = authorities(flags, 'requestheader-client-ca-file');
  const names = (what: string): string[] => {
    const flag = `requestheader-${what}`;
    const values = list(flags, flag);
    if (values.includes('')) throw bad(flag, flags.text(flag)!, 'one of them is empty');
    return values;
  };
  const given = {
    allowedNames: names('allowed-names'),
    user: names('username-headers'),
    uid: names('uid-headers'),
    groups: names('group-headers'),
    extraPrefixes: names('extra-headers-prefix'),
  };
  if (caPem === undefined) return undefined;
  const clients: readonly string[] = clientCA(flags)?.match(certificate) ?? [];
  if (given.allowedNames.length === 0 && (caPem.match(certificate) ?? []).some((one) => clients.includes(one)))
    throw new FlagError(
      '--requestheader-client-ca-file and --client-ca-file have a certificate in common: --requestheader-allowed-names must say which clients are front proxies',
    );
  return { caPem, ...given };
}

/** Without a policy nothing is written down, as with kube-apiserver. */
function auditFiles(flags: Flags): AuditFiles | undefined {
  const policyFile = existingFile(flags, 'audit-policy-file');
  const configFile = existingFile(flags, 'audit-webhook-config-file');
  const path = flags.text('audit-log-path');
  if (path !== undefined && (path === '' || isDirectory(path) === true)) throw bad('audit-log-path', path, 'must be a file, or -');
  const limits = {
    maxSize: number(flags, 'audit-log-maxsize', 100, 1_000_000, 'megabytes'),
    maxBackup: number(flags, 'audit-log-maxbackup', 100, 1_000_000, 'a number of files'),
    maxAge: number(flags, 'audit-log-maxage', 366, 100_000, 'days'),
  };
  if (policyFile === undefined) return undefined;
  return {
    policyFile,
    ...(path !== undefined && { log: { path: path === '-' ? path : resolve(path), ...limits } }),
    ...(configFile !== undefined && { webhook: { configFile } }),
  };
}

const servingCertificate = (flags: Flags): CertificateFlags | undefined => certificateAndKey(flags, 'tls-cert-file', 'tls-private-key-file');

const aggregationFlags = (flags: Flags): ServeOptions['aggregation'] => ({
  proxyClientCertificate: certificateAndKey(flags, 'proxy-client-cert-file', 'proxy-client-key-file'),
  routeToEndpoints: flags.boolean('enable-aggregator-routing', false),
});

/** Two flags that are given together or not at all. */
function certificateAndKey(flags: Flags, certName: string, keyName: string): CertificateFlags | undefined {
  const certPem = file(flags, certName);
  const keyPem = file(flags, keyName);
  if (certPem === undefined && keyPem === undefined) return undefined;
  if (certPem === undefined || keyPem === undefined) throw new FlagError(`--${certName} and --${keyName} must be given together`);
  const path = flags.text(certName)!;
  const [leaf] = readable(certName, path, certPem);
  if (leaf === undefined) throw bad(certName, path, 'holds no certificate (PEM)');
  const keyPath = flags.text(keyName)!;
  let isOwn: boolean;
  try {
    isOwn = leaf.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw bad(keyName, keyPath, 'holds no private key that can be read (PEM, without a passphrase)');
  }
  if (!isOwn) throw bad(keyName, keyPath, `it is not the key of --${certName}`);
  return { certPem, keyPem };
}

/** As the reference's address of its own cluster. */
const standardIssuer = 'https://kubernetes.default.svc';

function serviceAccountFlags(flags: Flags): ServiceAccountFlags {
  const issuers = list(flags, 'service-account-issuer');
  for (const issuer of issuers)
    if (issuer.includes(':') && !URL.canParse(issuer)) throw bad('service-account-issuer', issuer, 'contains a colon and is no URL');
  const audiences = list(flags, 'api-audiences');
  return {
    issuers: issuers.length === 0 ? [standardIssuer] : issuers,
    signingKeyPem: key(flags, 'service-account-signing-key-file'),
    keyPem: key(flags, 'service-account-key-file'),
    audiences: audiences.length === 0 ? undefined : audiences,
  };
}

function key(flags: Flags, name: string): string | undefined {
  const pem = file(flags, name);
  if (pem !== undefined && !/-----BEGIN [A-Z ]*(?:KEY|CERTIFICATE)-----/.test(pem)) throw bad(name, flags.text(name)!, 'holds no key (PEM)');
  return pem;
}

/** The file is read for good by the authenticator; a line that can be no token is found here, before anything is made. */
function tokenFile(flags: Flags): string | undefined {
  const text = file(flags, 'token-auth-file');
  if (text === undefined) return undefined;
  const path = flags.text('token-auth-file')!;
  text.split('\n').forEach((line, at) => {
    if (line.trim() === '' || line.split(',').length >= 3) return;
    throw bad('token-auth-file', path, `line ${at + 1} must have at least 3 columns (token, user name, user uid)`);
  });
  return resolve(path);
}
