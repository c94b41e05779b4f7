/** What the end-to-end tests run against: the built server as a process, and the real kubectl where it is found. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { isUsable, kubectlVersion } from '../scripts/kubectl.mjs';
import { type RunningServer, type StartOptions, ensureBuilt, startServer, temporaryDirectory } from '../scripts/start-server.mjs';

/** Whether this machine has a kubectl that is new enough. `node scripts/setup-tests.mjs` says what there is. */
export const hasKubectl = isUsable(kubectlVersion());

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given on standard input. An object is printed as JSON. */
  readonly input?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly kubeconfig?: string;
}

/** Ends with an error when `promise` has not settled in time, saying what was waited for and what is known. */
export async function within<T>(timeoutMs: number, what: string, promise: Promise<T>, known: () => string = () => ''): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come in ${timeoutMs} ms\n${known()}`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks again and again, each time after the last answer, until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

/** A process whose output is read while it runs. */
export class Running {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #listeners = new Set<() => void>();
  output = '';

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#exited = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const listener of this.#listeners) listener();
      });
  }

  /** Resolves when the output so far matches. */
  until(pattern: RegExp, timeoutMs = 15_000): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!pattern.test(this.output)) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
    return within(timeoutMs, `output like ${pattern}`, seen, () => this.output);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}

/** A server for the tests of a file, with kubectl bound to it. Its fields may be read inside tests and hooks. */
export class Cluster {
  server!: RunningServer;
  /** For the files of the tests, and kubectl's home. */
  readonly directory = temporaryDirectory('e2e');

  #options: StartOptions = {};

  /** Starts the server, over the data that an earlier one left. */
  async start(options: StartOptions = this.#options): Promise<void> {
    this.#options = options;
    this.server = await startServer({ ...options, dataDir: join(this.directory, 'data') });
  }

  /** Ends the server with a signal and starts it again over the same data. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.server.stop(signal);
    await this.start();
  }

  #environment(options: RunOptions): Record<string, string | undefined> {
    const home = join(this.directory, 'home');
    mkdirSync(home, { recursive: true });
    return { ...process.env, HOME: home, KUBECONFIG: options.kubeconfig ?? this.server.kubeconfig, ...options.env };
  }

  /** Writes a file of the test; gives its path. An object is written as JSON. */
  file(name: string, content: unknown): string {
    const path = join(this.directory, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o700 });
    return path;
  }

  /** Runs kubectl to its end, whatever that is. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const child = spawn('kubectl', args, { stdio: 'pipe', env: this.#environment(options) });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {}); // kubectl may end without reading what it is given
    child.stdin.end(typeof options.input === 'object' ? JSON.stringify(options.input) : options.input);
    const [code] = (await within(30_000, `the end of kubectl ${args.join(' ')}`, once(child, 'close'), () => stdout + stderr)) as [number | null];
    return { code, stdout, stderr };
  }

  /** Runs kubectl, which must succeed; gives what it printed. */
  async kubectl(args: readonly string[] | string, options: RunOptions = {}): Promise<string> {
    const list = typeof args === 'string' ? args.split(' ') : args;
    const { code, stdout, stderr } = await this.run(list, options);
    if (code !== 0) throw new Error(`kubectl ${list.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  }

  /** Starts kubectl and lets it run. */
  follow(args: readonly string[], options: RunOptions = {}): Running {
    return new Running('kubectl', args, this.#environment(options));
  }

  /** The manifest as `-o json` gives it back. */
  async get<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(['get', ...args, '-o', 'json'])) as T;
  }

  /** A kubeconfig for the same server and CA with other credentials. */
  kubeconfigFor(name: string, user: Readonly<Record<string, unknown>>): string {
    const { ca } = this.server.credentials();
    return this.file(`${name}.kubeconfig`, {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster: { server: this.server.url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: 'it', user: name } }],
      'current-context': name,
    });
  }
}

/** A server that runs for as long as the tests of this file (or block) do. */
export function cluster(options: StartOptions | ((cluster: Cluster) => StartOptions) = {}): Cluster {
  const one = new Cluster();
  beforeAll(async () => {
    ensureBuilt();
    await one.start(typeof options === 'function' ? options(one) : options);
  });
  afterAll(async () => {
    await one.server?.stop();
    rmSync(one.directory, { recursive: true, force: true });
  });
  return one;
}
