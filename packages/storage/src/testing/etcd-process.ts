import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An etcd of a test's own, on free ports of the loopback interface. */
export interface EtcdProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether it leads its cluster, as one that is alone does. */
  isLeader(): Promise<boolean>;
  /** Ends it at once, as a power failure does. */
  kill(): Promise<void>;
  /** Starts it again where it was killed, on the same data and port. */
  restart(): Promise<void>;
  /** It does nothing, but keeps its connections, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it and takes its data away. */
  stop(): Promise<void>;
}

export interface EtcdProcessOptions {
  /** Files in PEM: etcd speaks TLS, and takes clients only with a certificate of the authority. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  readonly flags?: readonly string[];
}

/** The etcd to test with: what `ETCD` names, or what is on the path. Undefined when there is none. */
export function findEtcd(): string | undefined {
  const command = process.env.ETCD ?? 'etcd';
  hasEtcd ??= spawnSync(command, ['--version']).status === 0;
  return hasEtcd ? command : undefined;
}

/** Asked once: the answer takes as long as an etcd takes to start. */
let hasEtcd: boolean | undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What it answers on the port for its health; nothing when it does not. */
const ask = (url: string): Promise<string> =>
  new Promise((resolve) => {
    get(url, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? body : ''));
    }).on('error', () => resolve(''));
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends a process when this one ends, however it does: its standard input is then closed. The answer calls it off. */
function endWithUs({ pid }: ChildProcess): () => void {
  const guard = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  return () => guard.kill('SIGKILL');
}

/**
 * Starts an etcd with nothing in it.
 * @throws Error when there is no etcd (ask `findEtcd` before), or when it does not come up.
 */
export async function startEtcd(options: EtcdProcessOptions = {}): Promise<EtcdProcess> {
  const [etcd] = await startEtcdCluster(1, options);
  return etcd!;
}

/** Starts several that are one cluster. @throws Error as `startEtcd`. */
export async function startEtcdCluster(size: number, options: EtcdProcessOptions = {}): Promise<readonly EtcdProcess[]> {
  const command = findEtcd();
  if (command === undefined) throw new Error('expected an etcd on the path, or in the variable ETCD');
  for (let tries = 1; ; tries++) {
    const ports: Ports[] = [];
    for (let i = 0; i < size; i++) ports.push({ name: `member-${i}`, client: await freePort(), peer: await freePort(), health: await freePort() });
    const members = ports.map((own) => new Process(command, options, own, ports));
    try {
      await Promise.all(members.map((member) => member.restart()));
      return members;
    } catch (error) {
      // Somebody else may have taken a port since it was found free.
      for (const member of members) await member.stop();
      if (tries === 3) throw error;
    }
  }
}

interface Ports {
  readonly name: string;
  readonly client: number;
  readonly peer: number;
  readonly health: number;
}

const peerUrl = ({ peer }: Ports): string => `http://127.0.0.1:${peer}`;

class Process implements EtcdProcess {
  readonly url: string;
  readonly port: number;
  readonly #parameters: readonly string[];
  readonly #healthUrl: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'etcd-'));
  #child: ChildProcess | undefined = undefined;
  #callOff: () => void = () => {};

  constructor(
    private readonly command: string,
    { tls, flags = [] }: EtcdProcessOptions,
    own: Ports,
    cluster: readonly Ports[],
  ) {
    this.port = own.client;
    this.url = `${tls ? 'https' : 'http'}://127.0.0.1:${own.client}`;
    this.#healthUrl = `http://127.0.0.1:${own.health}`;
    // One that is alone has nobody to wait for.
    const beatMs = cluster.length > 1 ? 50 : 10;
    const given = {
      name: own.name,
      'data-dir': this.#directory,
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peerUrl(own),
      'initial-advertise-peer-urls': peerUrl(own),
      'initial-cluster': cluster.map((member) => `${member.name}=${peerUrl(member)}`).join(','),
      'listen-metrics-urls': this.#healthUrl,
      'heartbeat-interval': String(beatMs),
      'election-timeout': String(beatMs * 10),
      ...(tls && { 'trusted-ca-file': tls.caFile, 'cert-file': tls.certFile, 'key-file': tls.keyFile, 'client-cert-auth': 'true' }),
    };
    this.#parameters = [...Object.entries(given).map(([name, value]) => `--${name}=${value}`), ...flags];
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async restart(): Promise<void> {
    const env = { PATH: process.env.PATH, ETCD_UNSUPPORTED_ARCH: process.arch };
    const child = spawn(this.command, this.#parameters, { stdio: ['ignore', 'ignore', 'pipe'], env });
    this.#child = child;
    this.#callOff = endWithUs(child);
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
    const begun = Date.now();
    while ((await ask(`${this.#healthUrl}/health`)) === '') {
      if (child.exitCode !== null || Date.now() - begun > 20_000) throw new Error(`etcd has not come up: ${words}`);
      await pause(10);
    }
  }

  async isLeader(): Promise<boolean> {
    return /^etcd_server_is_leader 1$/m.test(await ask(`${this.#healthUrl}/metrics`));
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#callOff();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  pause(): void {
    this.#child!.kill('SIGSTOP');
  }

  resume(): void {
    this.#child!.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
