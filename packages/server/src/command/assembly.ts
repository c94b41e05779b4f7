/** What the command needs of the assembled server. */
import type { ErrorLog, Handler } from '@apiserver-kit/pipeline';

/** The options that the command gives. */
export interface AssemblyOptions {
  readonly storageBackend: 'memory' | 'lmdb';
  readonly dataDir: string;
  readonly etcdPrefix: string;
  readonly authorizationMode: readonly string[];
  readonly anonymousAuth: boolean;
  readonly clientCAPem?: string;
  readonly tokenFile?: string;
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly log: ErrorLog;
}

export interface AssembledServer {
  readonly handler: Handler;
  /** Ends everything that runs behind the handler, and closes storage. */
  close(): Promise<void>;
}

export interface Assembly {
  createServer(options: AssemblyOptions): Promise<AssembledServer>;
}

/** Loads the assembly: nearly all of the code there is, so it is not loaded before the command line has been found to be good. */
export const loadAssembly = (): Promise<Assembly> => import(new URL('../assemble.js', import.meta.url).href) as Promise<Assembly>;
