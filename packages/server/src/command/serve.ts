/** `apiserver-kit serve`: from checked options to a server that is ready. */
import type { ErrorLog, Handler } from '@apiserver-kit/pipeline';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Assembly, loadAssembly } from './assembly.js';
import type { ServeOptions } from './options.js';

export interface ServeEnvironment {
  /** Prints a line on standard output. */
  readonly print: (line: string) => void;
  readonly log: ErrorLog;
  readonly load?: () => Promise<Assembly>;
}

export interface RunningServer {
  readonly url: string;
  /** Stops in good order: no new connections, watches ended, requests under way answered, storage closed. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** What is said until the server has been put together. */
const starting: Handler = () => ({
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'retry-after': '1' },
  body: 'the server is starting, please try again\n',
});

/**
 * Starts a server and says when it is ready.
 *
 * The port is bound before storage is opened: a second server on the same port never touches the data of the first. While the certificates
 * are read and the port is bound, the assembly loads.
 *
 * @throws Error with node's `code` when the port cannot be bound; whatever keeps the server from being put together.
 */
export async function serve(options: ServeOptions, { print, log, load = loadAssembly }: ServeEnvironment): Promise<RunningServer> {
  const assembly = load();
  // It is awaited below; should the port be taken, its own failure is of no interest.
  assembly.catch(() => {});
  const [{ initCertificates }, { listen }] = await Promise.all([import('../certs/init.js'), import('../listener/index.js')]);
  const own = await initCertificates(options.certDir, { sans: addressesOf(options.bindAddress), serving: options.servingCertificate === undefined });
  const serving = options.servingCertificate ?? own.serving!;
  const clientCAPem = options.clientCAPem === undefined ? own.ca.certPem : `${own.ca.certPem}\n${options.clientCAPem}`;

  let handler = starting;
  const listener = await listen((ctx) => handler(ctx), {
    host: options.bindAddress,
    port: options.securePort,
    tls: { key: serving.keyPem, cert: serving.certPem, ca: `${clientCAPem}\n${options.frontProxies?.caPem ?? ''}` },
    log,
  });
  const url = urlOf(options.bindAddress, listener.port);
  try {
    const { createServer } = await assembly;
    const { storageBackend, etcd, dataDir, etcdPrefix, authorizationMode, anonymousAuth, tokenFile, enableAdmissionPlugins, disableAdmissionPlugins } = options;
    const { serviceClusterIPRange, serviceNodePortRange, encryptionConfig, reloadEncryptionConfig } = options;
    const server = await createServer({
      storageBackend,
      etcd,
      encryptionConfig,
      reloadEncryptionConfig,
      serviceClusterIPRange,
      serviceNodePortRange,
      dataDir,
      etcdPrefix,
      authorizationMode,
      anonymousAuth,
      clientCAPem,
      tokenFile,
      frontProxies: options.frontProxies,
      audit: options.audit,
      serviceAccounts: { ...options.serviceAccounts, signingKeyPem: options.serviceAccounts.signingKeyPem ?? ownTokenKey(options.certDir) },
      aggregation: options.aggregation,
      enableAdmissionPlugins,
      disableAdmissionPlugins,
      serverAddress: new URL(url).host,
      log,
    });
    handler = server.handler;
    const { kubeconfig } = await import('../kubeconfig.js');
    const { writeWhole } = await import('../certs/init.js');
    const caPem = options.servingCertificate?.certPem ?? own.ca.certPem;
    const text = kubeconfig({ server: url, caPem, ...own.admin });
    for (const file of options.kubeconfigFiles) {
      mkdirSync(dirname(file), { recursive: true });
      writeWhole(file, text, 0o600);
    }
    for (const line of welcome(options)) print(line);
    print(`ready ${url}`);
    return {
      url,
      async close({ timeoutMs = 10_000 } = {}) {
        // Both at once: what is under way is answered while the port takes no more.
        await Promise.all([server.drain(timeoutMs), listener.close({ timeoutMs })]);
        await server.close({ timeoutMs: 0 });
      },
    };
  } catch (error) {
    await listener.close({ timeoutMs: 0 });
    throw error;
  }
}

/** The key that signs tokens of service accounts: made at the first start, and kept, so that tokens outlive restarts. */
function ownTokenKey(certDir: string): string {
  const path = join(certDir, 'service-accounts.key');
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  mkdirSync(certDir, { recursive: true });
  writeFileSync(path, pem, { mode: 0o600 });
  return pem;
}

const isWildcard = (address: string): boolean => /^(0\.0\.0\.0|[0:]+)$/.test(address);

/** The addresses that the serving certificate must name. */
function addressesOf(bindAddress: string): string[] {
  if (!isWildcard(bindAddress)) return [bindAddress];
  return Object.values(networkInterfaces()).flatMap((entries = []) =>
    // A link-local address means nothing without its interface, which no certificate can name.
    entries.filter(({ address }) => !address.startsWith('fe80:')).map(({ address }) => address),
  );
}

/** Where a client on this machine finds the server. */
function urlOf(bindAddress: string, port: number): string {
  const host = isWildcard(bindAddress) ? (bindAddress.includes(':') ? '::1' : '127.0.0.1') : bindAddress;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function keptWhere({ dataDir, storageBackend, etcd }: ServeOptions): string {
  if (storageBackend === 'memory') return 'objects are kept in memory, and gone when the server stops';
  return `objects are kept in ${etcd ? `etcd at ${etcd.servers}` : relative('', dataDir) || '.'}`;
}

function welcome(options: ServeOptions): string[] {
  const { kubeconfigFiles } = options;
  const kept = keptWhere(options);
  const [file = ''] = kubeconfigFiles;
  return [`apiserver-kit: ${kept}`, 'In another terminal:', '', `  export KUBECONFIG=${shellWord(file)}`, '  kubectl get ns', ''];
}

const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
