import { readFileSync } from 'node:fs';
import type { EtcdStorageOptions } from './etcd-storage.js';

/** The values of kube-apiserver's flags for etcd. */
export interface EtcdFlags {
  /** `--etcd-servers`: URLs, with commas between them. */
  readonly servers: string;
  /** `--etcd-cafile` */
  readonly caFile?: string;
  /** `--etcd-certfile` */
  readonly certFile?: string;
  /** `--etcd-keyfile` */
  readonly keyFile?: string;
  /** `--etcd-prefix`. Default `/registry`. */
  readonly prefix?: string;
  /** `--etcd-compaction-interval`, in ms. Default five minutes. */
  readonly compactionIntervalMs?: number;
}

function read(flag: string, file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`--${flag}: ${(error as Error).message}`);
  }
}

/**
 * The options that flags stand for; reads the files that they name.
 * @throws Error that names the flag of a file that cannot be read.
 */
export const etcdOptions = ({ servers, caFile, certFile, keyFile, prefix, compactionIntervalMs }: EtcdFlags): EtcdStorageOptions => ({
  servers: servers
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== ''),
  caPem: read('etcd-cafile', caFile),
  certPem: read('etcd-certfile', certFile),
  keyPem: read('etcd-keyfile', keyFile),
  prefix,
  compactionIntervalMs,
});
