import { afterAll, describe, expect, it } from 'vitest';
import type { Storage } from '../storage.js';
import { type EtcdProcess, findEtcd, startEtcd, storageContract } from '../testing/index.js';
import { type EtcdStorage, etcdStorage } from './index.js';

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
  afterAll(async () => {
    await (await next).stop();
    for (const etcd of new Set(processOf.values())) await etcd.stop();
  });
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

describe.skipIf(!hasEtcd)('etcd storage', () => {
  it('is tried', () => {
    expect(1).toBe(1);
  });
});
