/**
 * Starts the built `apiserver-kit serve` as a process of its own: for the conformance run, the end-to-end tests and the measurements.
 * The same contract that any outside tool relies on: the flags, the `ready URL` line, the kubeconfig.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Where the build puts the command. */
export const bin = join(root, 'packages', 'server', 'dist', 'bin', 'apiserver-kit.js');

/** Builds if the command is not there. Throws when the build fails or leaves none. */
export function ensureBuilt() {
  if (existsSync(bin)) return;
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 2, 2] });
  if (!existsSync(bin)) throw new Error(status === 0 ? 'the build made no packages/server/dist/bin/apiserver-kit.js' : 'the build failed');
}

/** A directory of its own under the system's temporary one. */
export const temporaryDirectory = (name) => mkdtempSync(join(tmpdir(), `apiserver-kit-${name}-`));

/** Reads a kubeconfig with inline certificates, as `--write-kubeconfig` makes it. */
export function readCredentials(kubeconfig) {
  const text = readFileSync(kubeconfig, 'utf8');
  const field = (name) => new RegExp(`"?${name}"?:\\s*"?([^\\s",]+)`).exec(text)?.[1];
  const decoded = (name) => {
    const value = field(name);
    if (value === undefined) throw new Error(`${kubeconfig} has no ${name}`);
    return Buffer.from(value, 'base64').toString();
  };
  return { server: field('server'), ca: decoded('certificate-authority-data'), cert: decoded('client-certificate-data'), key: decoded('client-key-data') };
}

/** An etcd for a server that is to use one, unless it is told which. */
async function ownEtcd(backend, args) {
  if (backend !== 'etcd3' || args.some((arg) => arg.startsWith('--etcd-servers'))) return undefined;
  const { startEtcd } = await import('@apiserver-kit/storage/testing/etcd');
  return startEtcd();
}

/** Starts a server on a free port and gives it when it has said that it is ready. */
export async function startServer({ args: given = [], backend, dataDir, env = {}, node = process.execPath, timeoutMs = 30_000 } = {}) {
  const etcd = await ownEtcd(backend, given);
  const args = etcd ? [...given, `--etcd-servers=${etcd.url}`] : given;
  const home = dataDir ?? temporaryDirectory('server');
  const kubeconfig = join(home, 'test.kubeconfig');
  const startedAt = performance.now();
  const child = spawn(
    node,
    [
      bin,
      'serve',
      `--data-dir=${home}`,
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      `--write-kubeconfig=${kubeconfig}`,
      ...(backend ? [`--storage-backend=${backend}`] : []),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const lines = createInterface({ input: child.stdout });
  const stdout = [];
  let timer;
  const url = await Promise.race([
    new Promise((resolve) => {
      lines.on('line', (line) => {
        stdout.push(line);
        const ready = /^ready (https?:\/\/\S+)/.exec(line);
        if (ready) resolve(ready[1]);
      });
    }),
    // `close` and not `exit`: what the process said last has been read by then.
    once(child, 'close').then(([code, signal]) => {
      throw new Error(`the server ended (${signal ?? `exit ${code}`}) before it was ready:\n${stderr.slice(-4000)}`);
    }),
    new Promise((_, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`the server was not ready in ${timeoutMs} ms:\n${stderr.slice(-4000)}`));
      }, timeoutMs);
    }),
  ]).finally(() => clearTimeout(timer));

  const stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const end = await exited;
    await etcd?.stop();
    if (dataDir === undefined) rmSync(home, { recursive: true, force: true });
    return end;
  };
  return {
    url,
    kubeconfig,
    dataDir: home,
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stderr: () => stderr,
    stdout: () => stdout.join('\n'),
    credentials: () => readCredentials(kubeconfig),
    stop,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: () => stop(),
  };
}
