/** What every backend must do, as a vitest suite; and a watch that keeps what it is told. Needs `vitest` where it is used. */
import type { Clock } from '@apiserver-kit/machinery';
import { afterEach, describe } from 'vitest';
import type { Storage } from '../storage.js';
import { lifeContract } from './lives.js';
import { readContract } from './reads.js';
import { watchContract } from './watches.js';
import { writeContract } from './writes.js';

export { type EtcdProcess, type EtcdProcessOptions, findEtcd, startEtcd, startEtcdCluster } from './etcd-process.js';
export { History, type HistoryWatch } from './history.js';
export { type Recorder, record } from './recorder.js';
export { type TcpProxy, tcpProxy } from './tcp-proxy.js';

export interface StorageContractOptions {
  /** Closes a storage that `open` gave, if it is not closed yet, and opens the same data again. Left out where nothing outlives the storage. */
  readonly reopen?: (storage: Storage, clock?: Clock) => Promise<Storage>;
  /**
   * The backend is a process of its own: it tells watches when it comes to it, gives copies of values, and lets keys go by its own time. What
   * only backends of this process promise is left out. Default false.
   */
  readonly isRemote?: boolean;
}

/**
 * Declares the tests of the storage contract for one backend; call it at the top of a test file.
 *
 * @param open gives an empty storage that tells time by the clock. The suite closes it.
 *
 * @example
 * storageContract('memory', async (clock) => memoryStorage({ clock }));
 */
export function storageContract(name: string, open: (clock?: Clock) => Promise<Storage>, { reopen, isRemote = false }: StorageContractOptions = {}): void {
  const opened = new Set<Storage>();
  const kept = async (opening: Promise<Storage>): Promise<Storage> => {
    const storage = await opening;
    opened.add(storage);
    return storage;
  };
  describe(`storage contract: ${name}`, () => {
    afterEach(async () => {
      for (const storage of opened) await storage.close();
      opened.clear();
    });
    const subject = {
      open: (clock?: Clock) => kept(open(clock)),
      reopen: reopen && ((storage: Storage, clock?: Clock) => kept(reopen(storage, clock))),
      isRemote,
    };
    writeContract(subject);
    readContract(subject);
    watchContract(subject);
    lifeContract(subject);
  });
}
