import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock } from '@apiserver-kit/machinery';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Storage } from '../storage.js';
import { type EtcdProcess, findEtcd, record, startEtcd, storageContract } from '../testing/index.js';
import { written } from '../testing/subject.js';
import { type CompactionState, compactOnce, runCompactor } from './compactor.js';
import { EtcdClient } from './etcd-client.js';
import { type EtcdStorage, type EtcdStorageOptions, etcdOptions, etcdStorage } from './index.js';

const hasEtcd = findEtcd() !== undefined;
if (!hasEtcd) console.warn('NO ETCD: the tests of storage in etcd are left out. Install etcd (Debian: apt-get install etcd-server), or name it in ETCD.');

if (hasEtcd) {
  const processOf = new Map<Storage, EtcdProcess>();
  const begin = (etcd: EtcdProcess): EtcdStorage => {
    const storage = etcdStorage({ servers: [etcd.url], compactionIntervalMs: 0 });
    processOf.set(storage, etcd);
    return storage;
  };
  // An etcd for each test: history and compaction are of all of it. The next one starts while a test runs.
  let next = startEtcd();
  afterEach(async () => {
    await Promise.all([...new Set(processOf.values())].map((etcd) => etcd.stop()));
    processOf.clear();
  });
  afterAll(async () => (await next).stop());
  storageContract(
    'etcd',
    async () => {
      const etcd = await next;
      next = startEtcd();
      return begin(etcd);
    },
    {
      isRemote: true,
      reopen: async (storage) => {
        await storage.close();
        return begin(processOf.get(storage)!);
      },
    },
  );
}

const bytes = (text: string): Buffer => Buffer.from(text);
const _text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

describe.skipIf(!hasEtcd)('etcd storage', () => {
  let etcd: EtcdProcess;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.stop());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const open = (options: Partial<EtcdStorageOptions> = {}): EtcdStorage => {
    const storage = etcdStorage({ servers: [etcd.url], compactionIntervalMs: 0, ...options });
    closing.push(() => storage.close());
    return storage;
  };

  it('lists more than fits into a message, as of one revision', async () => {
    const storage = open();
    const large = Buffer.alloc(100_000, 'x');
    for (let i = 0; i < 400; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, j) => storage.create(`/large/${String(i + j).padStart(3, '0')}`, large)));
    const [whole, page] = await Promise.all([storage.list('/large/'), storage.list('/large/', { limit: 300 }), storage.create('/large/later', large)]);
    expect(whole.kvs.length).toBeGreaterThanOrEqual(400);
    expect(whole.kvs.every(({ modRevision }) => modRevision <= whole.revision)).toBe(true);
    expect([page.kvs.length, page.kvs.at(-1)?.key]).toEqual([300, '/large/299']);
    expect(page.remaining).toBeGreaterThanOrEqual(100);
  });

  it('watches more than fits into a message', async () => {
    const storage = open();
    const start = await storage.revision();
    const large = Buffer.alloc(400_000, 'x');
    const { modRevision } = written(await storage.create('/pieces/1', large));
    for (let i = 0, at = modRevision; i < 30; i++) at = written(await storage.update('/pieces/1', large, at)).modRevision;
    const watch = record(open(), '/pieces/', { afterRevision: start });
    await watch.until(({ events }) => events.length === 31);
    expect(watch.events.map(({ revision }) => revision)).toEqual(watch.events.map((_, i) => modRevision + i));
    expect(watch.events.every(({ value }) => large.equals(value))).toBe(true);
  });

  it('refuses a value that is too large for etcd, and says so', async () => {
    const storage = open();
    await expect(storage.create('/huge', Buffer.alloc(1_800_000))).rejects.toThrow(/^etcd at http:.*: etcdserver: request is too large$/);
    expect((await storage.get('/huge')).kv).toBeUndefined();
  });

  it('lets many watches know how far it is although others write where they do not look', async () => {
    const [storage, others] = [open(), open()];
    const watches = Array.from({ length: 20 }, (_, i) => record(storage, `/quiet/${i}/`));
    await others.create('/noise/1', bytes(''));
    for (let i = 0; i < 10; i++) {
      const { modRevision } = written(await others.create(`/noise/2/${i}`, bytes('')));
      expect(await storage.revision()).toBe(modRevision);
      for (const { watch } of watches) watch.requestProgress();
      await Promise.all(watches.map((watch) => watch.until(({ progress }) => progress.at(-1)! >= modRevision)));
    }
  });

  it('gives values that do not keep the message alive in which they came', async () => {
    const storage = open();
    const watch = record(storage, '/alone/', { afterRevision: await storage.revision() });
    const large = Buffer.alloc(10_000, 'x');
    const { modRevision } = written(await storage.create('/alone/1', large));
    await storage.update('/alone/1', large, modRevision);
    await watch.until(({ events }) => events.length === 2);
    const { kvs } = await storage.list('/alone/');
    for (const value of [kvs[0]!.value, watch.events[1]!.value, watch.events[1]!.prevValue!]) expect(value.buffer.byteLength).toBe(10_000);
  });

  describe('keys with a time to live', () => {
    it('share a lease, and go by themselves together', async () => {
      const storage = open();
      const watch = record(storage, '/ttl/');
      for (const name of ['a', 'b', 'c']) await storage.create(`/ttl/${name}`, bytes(name), { ttlSeconds: 1 });
      const kept = written(await storage.create('/ttl/kept', bytes(''), { ttlSeconds: 1 }));
      await storage.update('/ttl/kept', bytes('for ever'), kept.modRevision);
      await watch.until(({ events }) => events.filter(({ type }) => type === 'delete').length === 3);
      expect((await storage.list('/ttl/')).kvs.map(({ key }) => key)).toEqual(['/ttl/kept']);
    });

    it('are given another lease when theirs has gone before its time', async () => {
      const clock = fakeClock();
      const storage = open({ clock });
      const watch = record(storage, '/lost/');
      await storage.create('/lost/1', bytes(''), { ttlSeconds: 60 });
      const client = new EtcdClient({ servers: [etcd.url] });
      // One of an earlier test may be going by itself just now.
      for (const id of await client.leases()) await client.revokeLease(id).catch(() => {});
      client.close();
      await watch.until(({ events }) => events.length === 2);
      expect((await storage.create('/lost/2', bytes(''), { ttlSeconds: 60 })).ok).toBe(true);
    });
  });

  describe('compaction', () => {
    it('is done by one of several servers per interval, to where it was an interval ago', async () => {
      const client = new EtcdClient({ servers: [etcd.url] });
      const storage = open();
      const round = async (state: CompactionState): Promise<CompactionState & { readonly compacted: number }> => {
        await storage.create(`/compaction/${await storage.revision()}`, bytes(''));
        return compactOnce(client, state);
      };
      const a1 = await round({ version: 0, revision: 0 });
      expect(a1).toMatchObject({ version: 1, compacted: 0 });
      // Another one comes second, and does not compact before it has been there for an interval.
      const b1 = await round({ version: 0, revision: 0 });
      expect(b1).toMatchObject({ version: 1, compacted: 0 });
      const a2 = await round(a1);
      expect(a2).toMatchObject({ version: 2, compacted: a1.revision });
      const b2 = await round(b1);
      expect(b2).toMatchObject({ version: 2, compacted: a1.revision });
      // The first one is gone: the second takes over.
      const b3 = await round(b2);
      expect(b3).toMatchObject({ version: 3, compacted: b2.revision });
      await expect(storage.list('/', { revision: b2.revision - 1 })).rejects.toMatchObject({ compactedRevision: b2.revision });
      client.close();
    });

    it('is heard of by all servers that watch', async () => {
      const [storage, other] = [open(), open()];
      await other.compactedRevision();
      const watch = record(other, 'compact_rev_key', { afterRevision: await other.revision() });
      const client = new EtcdClient({ servers: [etcd.url] });
      const { version, revision } = await compactOnce(client, { version: 0, revision: 0 });
      const { compacted } = await compactOnce(client, { version, revision });
      client.close();
      await watch.until(({ events }) => events.length === 1);
      expect(compacted).toBe(revision);
      expect(other.compactedRevision()).toBe(compacted);
      await expect(storage.get('/a', { revision: 1 })).rejects.toMatchObject({ compactedRevision: compacted });
    });

    it('waits for its interval, and says when a round fails', async () => {
      const clock = fakeClock();
      const said: string[] = [];
      const client = new EtcdClient({ servers: ['http://127.0.0.1:1'], timeoutMs: 20 });
      for (let i = 1; i < 3; i++) {
        await new Promise<void>((resolve) => {
          const stop = runCompactor(client, 1000, clock, {
            onCompacted: () => {},
            onFailed: ({ message }) => {
              said.push(message);
              stop();
              resolve();
            },
          });
          clock.advance(999);
          expect(said).toHaveLength(i - 1);
          clock.advance(1);
        });
      }
      client.close();
      expect(said).toHaveLength(2);
    });

    it('that another client has done is noticed by reads', async () => {
      const [storage, other] = [open(), open()];
      expect(await storage.compactedRevision()).toBeGreaterThanOrEqual(0);
      const { modRevision } = written(await other.create('/noticed/1', bytes('')));
      await other.update('/noticed/1', bytes('2'), modRevision);
      await other.compact(modRevision + 1);
      await expect(storage.list('/', { revision: modRevision })).rejects.toMatchObject({ compactedRevision: modRevision + 1 });
      expect(await storage.compactedRevision()).toBe(modRevision + 1);
    });
  });

  describe('an etcd that cannot be reached', () => {
    it('is named, with the reason, when the time of a call is up', async () => {
      const storage = open({ servers: ['http://127.0.0.1:1'], timeoutMs: 300 });
      const failure = /^etcd at http:\/\/127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1/;
      await expect(storage.get('/a')).rejects.toThrow(failure);
      await expect(storage.create('/a', bytes(''))).rejects.toThrow(failure);
      await expect(storage.health(100)).rejects.toThrow(failure);
    });

    it('is not waited for where another one is given', async () => {
      const storage = open({ servers: ['http://127.0.0.1:1', etcd.url] });
      const watch = record(storage, '/second/', { afterRevision: await storage.revision() });
      await storage.create('/second/1', bytes(''));
      await watch.until(({ events }) => events.length === 1);
      await storage.health();
    });

    it('is waited for by what has begun before it is there', async () => {
      const late = await startEtcd();
      closing.push(() => late.stop());
      await late.kill();
      const said: string[] = [];
      let missed = (): void => {};
      const isMissed = new Promise<void>((resolve) => {
        missed = resolve;
      });
      const log = (line: string): void => {
        said.push(line);
        missed();
      };
      const storage = open({ servers: [late.url], log });
      const watch = record(storage, '/late/', { afterRevision: 1 });
      const made = storage.create('/late/1', bytes(''));
      await isMissed;
      await late.restart();
      expect((await made).ok).toBe(true);
      await watch.until(({ events }) => events.length === 1);
      expect(said).toEqual([expect.stringContaining('; trying again'), 'etcd answers again']);
    });
  });

  describe.each([
    ['no server', { servers: [] }, 'expected the URL of an etcd server, got none'],
    ['something else', { servers: ['localhost:2379'] }, 'expected the URL of an etcd server, such as http://127.0.0.1:2379, got "localhost:2379"'],
    ['http and https', { servers: ['http://a:1', 'https://a:2'] }, 'expected etcd servers that are all http or all https, got both'],
    ['a certificate without its key', { servers: ['https://a:2'], certPem: '' }, 'expected a client certificate and its key for etcd, got only one of them'],
  ])('options with %s', (_, options, sentence) => {
    it('are refused', () => {
      expect(() => etcdStorage(options)).toThrow(new Error(sentence));
    });
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
describe.skipIf(!hasEtcd || !hasOpenssl)('etcd behind TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'etcd-tls-'));
  const at = (name: string): string => join(directory, name);
  const openssl = (...parameters: readonly string[]): void => {
    const { status, stderr } = spawnSync('openssl', parameters, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (name: string): void =>
    openssl('req', '-x509', ...curve, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`), '-subj', `/CN=${name}`, '-days', '2');
  const certificate = (name: string, by: string): void => {
    writeFileSync(at('extensions'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
    openssl('req', ...curve, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      at(`${by}.crt`),
      '-CAkey',
      at(`${by}.key`),
      '-CAcreateserial',
      '-out',
      at(`${name}.crt`),
      '-days',
      '2',
      '-extfile',
      at('extensions'),
    );
  };
  let etcd: EtcdProcess;
  beforeAll(async () => {
    for (const name of ['ca', 'other-ca']) authority(name);
    for (const [name, by] of [
      ['server', 'ca'],
      ['client', 'ca'],
      ['stranger', 'other-ca'],
    ] as const)
      certificate(name, by);
    etcd = await startEtcd({ tls: { caFile: at('ca.crt'), certFile: at('server.crt'), keyFile: at('server.key') } });
  });
  afterAll(async () => {
    await etcd.stop();
    rmSync(directory, { recursive: true });
  });
  const attempt = async (ca: string, client?: string): Promise<boolean> => {
    const files = { caFile: at(`${ca}.crt`), ...(client && { certFile: at(`${client}.crt`), keyFile: at(`${client}.key`) }) };
    await using storage = etcdStorage({ ...etcdOptions({ servers: etcd.url, ...files }), compactionIntervalMs: 0, timeoutMs: 500 });
    return (await storage.create(`/tls/${ca}/${client}`, bytes(''))).ok;
  };

  it('takes a certificate of its authority', async () => {
    expect(await attempt('ca', 'client')).toBe(true);
  });

  const untrusted =
    /^etcd at https:\/\/127\.0\.0\.1:\d+ cannot be trusted, or does not trust us: .*; look at --etcd-cafile, --etcd-certfile and --etcd-keyfile$/s;
  it('that is of another authority is not spoken to', async () => {
    await expect(attempt('other-ca', 'client')).rejects.toThrow(untrusted);
  });

  it.each(['stranger', undefined])('that does not take our certificate (%s) is named as the reason', async (client) => {
    await expect(attempt('ca', client)).rejects.toThrow(untrusted);
  });

  it('is not asked for where a file of a flag cannot be read', () => {
    expect(() => etcdOptions({ servers: etcd.url, caFile: at('none') })).toThrow(/^--etcd-cafile: ENOENT/);
  });
});
