/** The storage that the command's options name. */
import { join } from 'node:path';
import type { Storage } from '@apiserver-kit/storage';
import type { AssemblyOptions } from '../command/assembly.js';

/** How often a file of encryption keys is looked at, where it may change. As the reference. */
const reloadEveryMs = 60_000;

async function openBackend({ storageBackend, dataDir, etcd, etcdPrefix, log, clock }: AssemblyOptions): Promise<Storage> {
  if (storageBackend === 'memory') return (await import('@apiserver-kit/storage/memory')).memoryStorage();
  if (storageBackend === 'etcd3') {
    const { etcdOptions, etcdStorage } = await import('@apiserver-kit/storage/etcd');
    return etcdStorage({ ...etcdOptions({ ...etcd!, prefix: etcdPrefix }), log, clock });
  }
  return (await import('@apiserver-kit/storage/lmdb')).lmdbStorage({ path: join(dataDir, 'db') });
}

/**
 * Opens the storage; encrypted where there is a file that says how.
 * @throws Error when another process has the data, or a file cannot be used.
 */
export async function openStorage(options: AssemblyOptions): Promise<Storage> {
  const { encryptionConfig, reloadEncryptionConfig = false, etcdPrefix, log, clock } = options;
  if (encryptionConfig === undefined) return openBackend(options);
  const [{ encryptedStorage, encryptionFile, resourceOfKeys }, { builtinResources }] = await Promise.all([
    import('@apiserver-kit/storage/encryption'),
    import('@apiserver-kit/builtin'),
  ]);
  const onFailed = (error: Error): void => log(`--encryption-provider-config: ${error.message}; the keys that were there are kept`, undefined);
  const encryption = encryptionFile(encryptionConfig, { reloadEveryMs: reloadEncryptionConfig ? reloadEveryMs : 0, onFailed, clock });
  const paths = builtinResources.map((row) => [row.storagePath.replace(/^\/registry/, etcdPrefix), { group: row.group, resource: row.plural }] as const);
  const storage = encryptedStorage(await openBackend(options), encryption, resourceOfKeys(etcdPrefix, paths));
  return closing(storage, () => encryption.close());
}

/** The storage, with something more to end when it is closed. */
function closing(storage: Storage, end: () => void): Storage {
  const close = storage.close.bind(storage);
  storage.close = async () => {
    end();
    await close();
  };
  return storage;
}
