import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An etcd of a test's own, on free ports of the loopback interface. */
export interface EtcdProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
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
  return spawnSync(command, ['--version']).status === 0 ? command : undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const isHealthy = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    get(`${url}/health`, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts an etcd with nothing in it.
 * @throws Error when there is no etcd (ask `findEtcd` before), or when it does not come up.
 */
export async function startEtcd({ tls, flags = [] }: EtcdProcessOptions = {}): Promise<EtcdProcess> {
  const command = findEtcd();
  if (command === undefined) throw new Error('expected an etcd on the path, or in the variable ETCD');
  const directory = mkdtempSync(join(tmpdir(), 'etcd-'));
  const [port, peerPort, healthPort] = [await freePort(), await freePort(), await freePort()];
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const given = {
    name: 'test',
    'data-dir': directory,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `test=${peerUrl}`,
    'listen-metrics-urls': healthUrl,
    // Alone it has nobody to wait for.
    'heartbeat-interval': '10',
    'election-timeout': '100',
    ...(tls && { 'trusted-ca-file': tls.caFile, 'cert-file': tls.certFile, 'key-file': tls.keyFile, 'client-cert-auth': 'true' }),
  };
  const parameters = [...Object.entries(given).map(([name, value]) => `--${name}=${value}`), ...flags];
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH, ETCD_UNSUPPORTED_ARCH: process.arch } });
    running.add(child);
    let words = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
    const begun = Date.now();
    while (!(await isHealthy(healthUrl))) {
      if (child.exitCode !== null || Date.now() - begun > 20_000) {
        child.kill('SIGKILL');
        throw new Error(`etcd has not come up: ${words}`);
      }
      await pause(10);
    }
  };
  const kill = async (): Promise<void> => {
    running.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    url,
    port,
    get pid() {
      return child.pid!;
    },
    kill,
    restart: start,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
