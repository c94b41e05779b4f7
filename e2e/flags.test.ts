import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin, ensureBuilt, startServer } from '../scripts/start-server.mjs';

describe('apiserver-kit serve', () => {
  let directory: string;
  beforeAll(() => {
    ensureBuilt();
    directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-flags-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const bad: [why: string, flag: string][] = [
    ['a flag that there is not', '--no-such-flag'],
    ['a port that is none', '--secure-port=http'],
    ['a port beyond the last', '--secure-port=65536'],
    ['an unknown backend', '--storage-backend=postgres'],
    ['an unknown authorization mode', '--authorization-mode=RBAC,Nope'],
    ['an unknown admission plugin', '--enable-admission-plugins=Nope'],
    ['a token file that is not there', '--token-auth-file=/no/such/file'],
    ['a CA file that is not there', '--client-ca-file=/no/such/file'],
    ['an address that is none', '--bind-address=somewhere'],
    ['a boolean that is none', '--anonymous-auth=perhaps'],
    ['a certificate without its key', '--tls-cert-file=/no/such/file'],
  ];
  it.each(bad)('refuses %s with one line and exit 2, and makes nothing: %s', (_, flag) => {
    const home = join(directory, 'never');
    const { status, stderr, stdout } = spawnSync(process.execPath, [bin, 'serve', `--data-dir=${home}`, '--secure-port=0', flag], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(flag.split('=')[0]!.replace(/^--tls-cert-file$/, 'tls-'));
    expect(existsSync(home)).toBe(false);
  });

  it('makes a CA, a certificate and a kubeconfig that only its owner may read, says when it is ready, and stops when asked', async () => {
    const server = await startServer({ dataDir: join(directory, 'fresh') });
    expect(server.stdout()).toMatch(/^ready https:\/\/127\.0\.0\.1:\d+$/m);
    expect(statSync(server.kubeconfig).mode & 0o077).toBe(0);
    const keys = readdirSync(server.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.key'));
    expect(keys.length).toBeGreaterThan(0);
    for (const name of keys) expect(statSync(join(server.dataDir, name)).mode & 0o077).toBe(0);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('serves from memory, where nothing is left of a server that has ended', async () => {
    const server = await startServer({ backend: 'memory' });
    expect((await server.stop()).code).toBe(0);
  });

  it('refuses data that another server has open, with one line, and leaves its kubeconfig alone', async () => {
    const server = await startServer({ dataDir: join(directory, 'shared') });
    try {
      const kubeconfig = join(server.dataDir, 'admin.kubeconfig');
      const before = readFileSync(kubeconfig, 'utf8');
      const { status, stderr } = spawnSync(process.execPath, [bin, 'serve', `--data-dir=${server.dataDir}`, '--bind-address=127.0.0.1', '--secure-port=0'], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect(status).toBe(1);
      expect(stderr.trimEnd()).toMatch(new RegExp(`^apiserver-kit: the database .* is in use by process ${server.pid}$`));
      expect(readFileSync(kubeconfig, 'utf8')).toBe(before);
    } finally {
      await server.stop();
    }
  });

  it('refuses a port that is taken, with one line', async () => {
    const server = await startServer({ backend: 'memory' });
    try {
      const { port } = new URL(server.url);
      const home = join(directory, 'second');
      const { status, stderr } = spawnSync(process.execPath, [bin, 'serve', `--data-dir=${home}`, '--bind-address=127.0.0.1', `--secure-port=${port}`], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect(status).not.toBe(0);
      expect(stderr).toContain(port);
    } finally {
      await server.stop();
    }
  });
});
