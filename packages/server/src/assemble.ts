/** The server that the command runs: {@link apiServer} with the storage and the files that its options name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tokenFile } from '@apiserver-kit/authn';
import type { Storage } from '@apiserver-kit/storage';
import { apiServer } from './api-server.js';
import type { AuthorizationMode } from './assembly/authorizer.js';
import type { AssembledServer, AssemblyOptions } from './command/assembly.js';

async function openStorage({ storageBackend, dataDir, etcd, etcdPrefix, log, clock }: AssemblyOptions): Promise<Storage> {
  if (storageBackend === 'memory') return (await import('@apiserver-kit/storage/memory')).memoryStorage();
  if (storageBackend === 'etcd3') {
    const { etcdOptions, etcdStorage } = await import('@apiserver-kit/storage/etcd');
    return etcdStorage({ ...etcdOptions({ ...etcd!, prefix: etcdPrefix }), log, clock });
  }
  return (await import('@apiserver-kit/storage/lmdb')).lmdbStorage({ path: join(dataDir, 'db') });
}

/**
 * Opens the storage and puts the server together.
 * @throws Error when another process has the data, or a file cannot be read.
 */
export async function createServer(options: AssemblyOptions): Promise<AssembledServer> {
  const { etcdPrefix, authorizationMode, anonymousAuth, clientCAPem, disableAdmissionPlugins, serverAddress, log, clock, uid } = options;
  const { serviceClusterIPRange, serviceNodePortRange } = options;
  const tokens =
    options.tokenFile === undefined
      ? []
      : [tokenFile(readFileSync(options.tokenFile, 'utf8'), { name: options.tokenFile, warn: (text) => log(text, undefined) })];
  const storage = await openStorage(options);
  try {
    return await apiServer({
      storage,
      etcdPrefix,
      serviceClusterIPRange,
      serviceNodePortRange,
      authorization: authorizationMode as readonly AuthorizationMode[],
      anonymousAuth,
      clientCAPem,
      tokens,
      disableAdmissionPlugins,
      serverAddress,
      log,
      clock,
      uid,
    });
  } catch (error) {
    await storage.close();
    throw error;
  }
}
