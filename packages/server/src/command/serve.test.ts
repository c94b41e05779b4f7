import { KubeConfig } from '@kubernetes/client-node';
import { text } from '@apiserver-kit/pipeline';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Assembly, AssemblyOptions } from './assembly.js';
import { readFlags } from './flags.js';
import { main } from './main.js';
import { serveOptions } from './options.js';
import { type RunningServer, serve } from './serve.js';

let directory: string;
let running: RunningServer[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-serve-'));
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.close({ timeoutMs: 0 });
  rmSync(directory, { recursive: true });
});

/** An assembly that answers with the subject of the client's certificate. */
function assembly() {
  const calls: AssemblyOptions[] = [];
  let closes = 0;
  const load = (): Promise<Assembly> =>
    Promise.resolve({
      createServer: (options) => {
        calls.push(options);
        return Promise.resolve({
          handler: ({ request: r }) => {
            const [leaf] = r.peerCertificate()?.chain ?? [];
            return text(200, leaf ? new X509Certificate(leaf).subject : 'nobody');
          },
          drain: async () => {},
          close: () => {
            closes++;
            return Promise.resolve();
          },
        });
      },
    });
  return { load, calls, closes: () => closes };
}

async function start(args: string[], load: () => Promise<Assembly>) {
  const printed: string[] = [];
  const options = serveOptions(readFlags([`--data-dir=${directory}/data`, '--secure-port=0', ...args]));
  const server = await serve(options, { print: (line) => printed.push(line), log: () => {}, load });
  running.push(server);
  return { server, printed };
}

function askAsAdmin(kubeconfigFile: string): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  const { server, caData } = config.getCurrentCluster()!;
  const { certData, keyData } = config.getCurrentUser()!;
  const pem = (data: string | undefined) => Buffer.from(data ?? '', 'base64');
  return new Promise((resolve, reject) => {
    const sent = request(server, { ca: pem(caData), cert: pem(certData), key: pem(keyData), agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () => resolve(body));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('serve', () => {
  it('makes what it needs, writes kubeconfigs that work, and says what to type and that it is ready', async () => {
    const { load, calls } = assembly();
    const { server, printed } = await start([`--write-kubeconfig=${directory}/deep/k`, '--storage-backend=memory'], load);
    expect(printed.at(-1)).toBe(`ready ${server.url}`);
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(printed).toContain(`  export KUBECONFIG=${directory}/data/admin.kubeconfig`);
    for (const file of [`${directory}/data/admin.kubeconfig`, `${directory}/deep/k`]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await askAsAdmin(file)).toBe('O=system:masters\nCN=kubernetes-admin');
    }
    expect(calls).toMatchObject([{ storageBackend: 'memory', dataDir: `${directory}/data`, etcdPrefix: '/registry', authorizationMode: ['RBAC'] }]);
    expect(calls[0]!.clientCAPem).toBe(readFileSync(`${directory}/data/pki/ca.crt`, 'utf8'));
  });

  it('keeps its certificates from start to start', async () => {
    const { load } = assembly();
    const first = await start([], load);
    const before = readFileSync(`${directory}/data/admin.kubeconfig`, 'utf8');
    await first.server.close();
    const second = await start([], load);
    const after = readFileSync(`${directory}/data/admin.kubeconfig`, 'utf8');
    expect(after.replace(second.server.url, '')).toBe(before.replace(first.server.url, ''));
  });

  it('uses the serving certificate that it is given, and keeps its own CA for the admin', async () => {
    const other = await start([`--cert-dir=${directory}/other`], assembly().load);
    await other.server.close();
    const { load } = assembly();
    const files = ['--tls-cert-file', '--tls-private-key-file'].map((flag, at) => `${flag}=${directory}/other/apiserver.${['crt', 'key'][at]}`);
    await start([...files, `--client-ca-file=${directory}/other/ca.crt`], load);
    expect(readdirSync(`${directory}/data/pki`).sort()).toEqual(['admin.crt', 'admin.key', 'ca.crt', 'ca.key', 'service-accounts.key']);
    const config = new KubeConfig();
    config.loadFromFile(`${directory}/data/admin.kubeconfig`);
    expect(Buffer.from(config.getCurrentCluster()!.caData!, 'base64').toString()).toBe(readFileSync(`${directory}/other/apiserver.crt`, 'utf8'));
  });

  it('is reached on this machine when it listens everywhere', async () => {
    const { server } = await start(['--bind-address=0.0.0.0'], assembly().load);
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
    expect(await askAsAdmin(`${directory}/data/admin.kubeconfig`)).toContain('kubernetes-admin');
  });

  it('answers 503 until the server has been put together', async () => {
    let go!: (assembly: Assembly) => void;
    const { load } = assembly();
    const starting = start(
      [],
      () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    );
    // Nothing is written before it is ready, so that whoever waits for the kubeconfig waits for the server.
    expect(existsSync(`${directory}/data/admin.kubeconfig`)).toBe(false);
    go(await load());
    await starting;
    expect(existsSync(`${directory}/data/admin.kubeconfig`)).toBe(true);
  });

  it('stops listening, and closes the server once, when it is closed', async () => {
    const { load, closes } = assembly();
    const { server } = await start([], load);
    await server.close();
    expect(closes()).toBe(1);
    await expect(askAsAdmin(`${directory}/data/admin.kubeconfig`)).rejects.toThrow('ECONNREFUSED');
  });

  it('opens no storage when the port is taken, and frees the port when the server cannot be put together', async () => {
    const { load, calls } = assembly();
    const { server } = await start([], load);
    const { port } = new URL(server.url);
    await expect(start([`--secure-port=${port}`], load)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(calls).toHaveLength(1);
    await server.close();
    const failing = () => Promise.resolve({ createServer: () => Promise.reject(new Error('the data is of a newer version')) });
    await expect(start([`--secure-port=${port}`], failing)).rejects.toThrow('the data is of a newer version');
    await start([`--secure-port=${port}`], load);
  });
});

describe('the command', () => {
  const run = async (...args: string[]) => {
    let out = '';
    let err = '';
    const code = await main(args, {
      out: (text_) => {
        out += text_;
      },
      err: (text_) => {
        err += text_;
      },
    });
    return { code, out, err };
  };

  it('explains itself', async () => {
    expect(await run()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('apiserver-kit serve') });
    expect(await run('--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('apiserver-kit serve') });
    expect(await run('serve', '--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--secure-port=PORT') });
    expect(await run('serve', '-h')).toMatchObject({ code: 0 });
    expect(await run('version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('says in one line what is wrong, and makes nothing', async () => {
    const home = `${directory}/never`;
    expect(await run('serve', `--data-dir=${home}`, '--secure-port=x')).toEqual({
      code: 2,
      out: '',
      err: 'apiserver-kit: invalid value "x" for --secure-port: must be a port, 0 to 65535\n',
    });
    expect(await run('server')).toMatchObject({ code: 2, err: 'apiserver-kit: unknown command "server"; try: apiserver-kit serve\n' });
    expect(existsSync(home)).toBe(false);
  });
});
