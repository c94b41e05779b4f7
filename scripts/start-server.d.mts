export interface Credentials {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface StartOptions {
  /** Further flags. */
  readonly args?: readonly string[];
  /** Default: the command's own. */
  readonly backend?: 'memory' | 'lmdb' | 'etcd3';
  /** Kept when the server stops. Default: a temporary one, removed. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The node that runs it. Default: this one. */
  readonly node?: string;
  readonly timeoutMs?: number;
}

export interface RunningServer {
  readonly url: string;
  readonly kubeconfig: string;
  readonly dataDir: string;
  readonly pid: number;
  /** From the start of the process to its `ready` line. */
  readonly readyMs: number;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  isRunning(): boolean;
  stderr(): string;
  stdout(): string;
  credentials(): Credentials;
  /** Ends it and resolves when it has gone. Default SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export const bin: string;
export function ensureBuilt(): void;
export function temporaryDirectory(name: string): string;
export function readCredentials(kubeconfig: string): Credentials;
export function startServer(options?: StartOptions): Promise<RunningServer>;
