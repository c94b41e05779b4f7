/** What the command needs of the assembled server. */
import type { Clock } from '@apiserver-kit/machinery';
import type { ErrorLog, Handler } from '@apiserver-kit/pipeline';
import type { AggregationOptions } from '../assembly/aggregation.js';
import type { AuditFiles } from '../assembly/open-audit.js';
import type { ServiceAccountOptions } from '../assembly/service-accounts.js';

export type StorageBackend = 'memory' | 'lmdb' | 'etcd3';

/** The flags that say where etcd is; the files are PEM. */
export interface EtcdServers {
  /** URLs, with commas between them. */
  readonly servers: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** `--requestheader-*`: who may name users in headers, and in which. Without names of a kind, the usual ones. */
export interface FrontProxies {
  /** Their authorities, PEM. */
  readonly caPem: string;
  /** Their common names. None: whoever has a certificate. */
  readonly allowedNames: readonly string[];
  readonly user: readonly string[];
  readonly uid: readonly string[];
  readonly groups: readonly string[];
  readonly extraPrefixes: readonly string[];
}

/** The options that the command gives. */
export interface AssemblyOptions {
  readonly storageBackend: StorageBackend;
  /** Where etcd is, for the backend `etcd3`. */
  readonly etcd?: EtcdServers;
  readonly dataDir: string;
  readonly etcdPrefix: string;
  /** `--encryption-provider-config`: a file. */
  readonly encryptionConfig?: string;
  /** Whether that file is read again when it changes. */
  readonly reloadEncryptionConfig?: boolean;
  /** `--service-cluster-ip-range` */
  readonly serviceClusterIPRange?: string;
  /** `--service-node-port-range` */
  readonly serviceNodePortRange?: string;
  readonly authorizationMode: readonly string[];
  readonly anonymousAuth: boolean;
  readonly clientCAPem?: string;
  readonly tokenFile?: string;
  readonly frontProxies?: FrontProxies;
  readonly audit?: AuditFiles;
  readonly serviceAccounts?: ServiceAccountOptions;
  readonly aggregation?: AggregationOptions;
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  /** Host and port under which clients reach the server. */
  readonly serverAddress?: string | (() => string);
  readonly log: ErrorLog;
  readonly clock?: Clock;
  readonly uid?: () => string;
}

export interface AssembledServer {
  readonly handler: Handler;
  /** Says that the server stops: takes no more requests, ends watches, waits for what is under way for at most so long. */
  drain(timeoutMs: number): Promise<void>;
  /** Ends everything that runs behind the handler, and closes storage. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

export interface Assembly {
  createServer(options: AssemblyOptions): Promise<AssembledServer>;
}

/** Loads the assembly: nearly all of the code there is, so it is not loaded before the command line has been found to be good. */
export const loadAssembly = (): Promise<Assembly> => import('../assemble.js');
