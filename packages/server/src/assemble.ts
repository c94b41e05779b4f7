/** The server that the command runs: {@link apiServer} with the storage and the files that its options name. */
import { readFileSync } from 'node:fs';
import { tokenFile } from '@apiserver-kit/authn';
import { apiServer } from './api-server.js';
import type { AuthorizationMode } from './assembly/authorizer.js';
import { openStorage } from './assembly/open-storage.js';
import type { AssembledServer, AssemblyOptions } from './command/assembly.js';

/**
 * Opens the storage and puts the server together.
 * @throws Error when another process has the data, or a file cannot be read.
 */
export async function createServer(options: AssemblyOptions): Promise<AssembledServer> {
  const { etcdPrefix, authorizationMode, anonymousAuth, clientCAPem, enableAdmissionPlugins, disableAdmissionPlugins, serverAddress, log, clock, uid } =
    options;
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
      serviceAccounts: options.serviceAccounts,
      aggregation: options.aggregation,
      clientCAPem,
      tokens,
      enableAdmissionPlugins,
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
