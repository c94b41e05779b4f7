/** The server that the command runs: {@link apiServer} with the storage and the files that its options name. */
import { readFileSync } from 'node:fs';
import { frontProxy, type RequestHeaderNames, standardRequestHeaders, tokenFile } from '@apiserver-kit/authn';
import { apiServer } from './api-server.js';
import type { AuthorizationMode } from './assembly/authorizer.js';
import { openStorage } from './assembly/open-storage.js';
import type { AssembledServer, AssemblyOptions, FrontProxies } from './command/assembly.js';

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
  const proxies = options.frontProxies;
  const requestHeaders = proxies && headerNames(proxies);
  const audit = options.audit && (await import('./assembly/open-audit.js')).openAudit(options.audit, log, clock);
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
      audit,
      ...(proxies && {
        authenticators: [frontProxy({ clientCAs: proxies.caPem, allowedNames: proxies.allowedNames, names: requestHeaders, clock })],
        requestHeaders,
      }),
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

function headerNames({ user, uid, groups, extraPrefixes }: FrontProxies): RequestHeaderNames {
  const or = (given: readonly string[], standard: readonly string[]): readonly string[] => (given.length > 0 ? given : standard);
  const names = standardRequestHeaders;
  return { user: or(user, names.user), uid: or(uid, names.uid), groups: or(groups, names.groups), extraPrefixes: or(extraPrefixes, names.extraPrefixes) };
}
