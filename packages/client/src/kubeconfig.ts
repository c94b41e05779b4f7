/** Kubeconfig files: where a server is, how it is known, and how it knows us (k8s.io/client-go/tools/clientcmd). */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Clock, isRecord, type JsonObject, systemClock } from '@apiserver-kit/machinery';
import { parseYaml } from '@apiserver-kit/machinery/yaml';
import { httpClient, type HttpClientOptions } from './http-client.js';
import type { ObjectTarget } from './object-client.js';

/** What the current context of a kubeconfig says. */
export interface Kubeconfig {
  readonly server: string;
  readonly tls: HttpClientOptions;
  /** The `Authorization` header, if there is to be one. */
  authorization(): string | undefined;
}

/**
 * Reads the current context of a kubeconfig file. Paths in it are relative to it.
 * @throws Error when something is missing, or of a kind that is not supported: credential plugins, proxies.
 */
export function readKubeconfig(path: string, { clock = systemClock }: { readonly clock?: Clock } = {}): Kubeconfig {
  const config = parseYaml(readFileSync(path, 'utf8'));
  if (!isRecord(config)) throw new Error(`${path} is no kubeconfig`);
  try {
    return readConfig(config, dirname(resolve(path)), clock);
  } catch (error) {
    throw new Error(`invalid configuration: ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The target of a kubeconfig, which objects are posted to at the very path of its server. */
export function kubeconfigTarget({ server, tls, authorization }: Kubeconfig, options: HttpClientOptions = {}): ObjectTarget {
  const headers = (): Record<string, string> => {
    const value = authorization();
    return value === undefined ? {} : { authorization: value };
  };
  return { url: server, client: httpClient({ ...tls, ...options }), headers };
}

const inClusterDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * How a pod reaches the API server of its cluster.
 * @throws Error when this is no pod, or its token is not mounted.
 */
export function inClusterConfig(
  env: NodeJS.ProcessEnv = process.env,
  directory = inClusterDirectory,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Kubeconfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) throw new Error('unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined');
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: { caPem: readFileSync(resolve(directory, 'ca.crt'), 'utf8') },
    authorization: authorizationOf({ tokenFile: 'token' }, directory, clock),
  };
}

function readConfig(config: JsonObject, directory: string, clock: Clock): Kubeconfig {
  const current = text(config, 'current-context');
  if (current === undefined) throw new Error('no current-context');
  const context = named(config, 'contexts', 'context', current);
  const cluster = named(config, 'clusters', 'cluster', text(context, 'cluster') ?? '');
  const userName = text(context, 'user') ?? '';
  const user = userName === '' ? {} : named(config, 'users', 'user', userName);
  for (const field of ['exec', 'auth-provider', 'as']) if (user[field] !== undefined) throw new Error(`user "${userName}": ${field} is not supported`);
  if (cluster['proxy-url'] !== undefined) throw new Error('proxy-url is not supported');

  const server = text(cluster, 'server');
  if (server === undefined) throw new Error('no server found for cluster');
  const pem = (of: JsonObject, field: string): string | undefined => {
    const data = text(of, `${field}-data`);
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    const path = text(of, field);
    return path === undefined ? undefined : readFileSync(resolve(directory, path), 'utf8');
  };
  const insecureSkipTlsVerify = cluster['insecure-skip-tls-verify'] === true;
  const caPem = pem(cluster, 'certificate-authority');
  if (insecureSkipTlsVerify && caPem !== undefined) throw new Error('certificate-authority and insecure-skip-tls-verify are mutually exclusive');
  const tls: HttpClientOptions = {
    insecureSkipTlsVerify,
    caPem,
    serverName: text(cluster, 'tls-server-name'),
    certPem: pem(user, 'client-certificate'),
    keyPem: pem(user, 'client-key'),
  };
  return { server: server.includes('://') ? server : `https://${server}`, tls, authorization: authorizationOf(user, directory, clock) };
}

function named(config: JsonObject, list: string, field: string, name: string): JsonObject {
  const entries = config[list];
  const entry = Array.isArray(entries) ? entries.find((one) => isRecord(one) && one.name === name) : undefined;
  const value = isRecord(entry) ? entry[field] : undefined;
  if (!isRecord(value)) throw new Error(`${field} "${name}" does not exist`);
  return value;
}

const text = (of: JsonObject, field: string): string | undefined => {
  const value = of[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const tokenFileTtlMs = 60_000;

function authorizationOf(user: JsonObject, directory: string, clock: Clock): () => string | undefined {
  const file = text(user, 'tokenFile');
  if (file !== undefined) {
    const path = resolve(directory, file);
    let read: { readonly token: string; readonly at: number } | undefined;
    return () => {
      // Tokens in files are renewed: the file is read again, once a minute at most.
      if (read === undefined || clock.now() - read.at >= tokenFileTtlMs) read = { token: readFileSync(path, 'utf8').trim(), at: clock.now() };
      return `Bearer ${read.token}`;
    };
  }
  const token = text(user, 'token');
  if (token !== undefined) return () => `Bearer ${token}`;
  const username = text(user, 'username');
  if (username === undefined) return () => undefined;
  const basic = Buffer.from(`${username}:${text(user, 'password') ?? ''}`).toString('base64');
  return () => `Basic ${basic}`;
}
