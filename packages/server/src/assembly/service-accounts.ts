/** Tokens of service accounts: who issues them and who believes them (KEP-1205). Their code is loaded with the first token or request for one. */
import { randomUUID } from 'node:crypto';
import type { TokenAuthenticator } from '@apiserver-kit/authn';
import type { TokenObjects } from '@apiserver-kit/authn/service-account';
import type { RequestToken } from '@apiserver-kit/builtin';
import type { Clock, KubeObject } from '@apiserver-kit/machinery';
import type { MaybePromise } from '@apiserver-kit/storage';
import type { ResourceStore } from '@apiserver-kit/rest';

export interface ServiceAccountOptions {
  /** `--service-account-issuer`: the first issues, tokens of all hold. At least one. */
  readonly issuers: readonly string[];
  /** PEM: the private key that signs (`--service-account-signing-key-file`). */
  readonly signingKeyPem: string;
  /** PEM: keys that verify, besides the one that signs (`--service-account-key-file`). */
  readonly keyPem?: string;
  /** `--api-audiences`. Default: the issuers. */
  readonly audiences?: readonly string[];
}

/** What a server does with tokens of service accounts. */
export interface ServiceAccounts {
  readonly tokens: TokenAuthenticator;
  readonly requestToken: RequestToken;
}

/** @param storeOf gives the store of a kind of the core group: tokens are measured against live objects. */
export function serviceAccounts(options: ServiceAccountOptions, storeOf: (kind: string) => ResourceStore, clock: Clock): ServiceAccounts {
  const { issuers, signingKeyPem, keyPem = '', audiences = issuers } = options;
  const get = (kind: string, namespace: string, name: string): MaybePromise<KubeObject | undefined> => {
    const found = storeOf(kind).get(namespace, name);
    return found instanceof Promise ? found.then((entry) => entry?.object()) : found?.object();
  };
  const objects: TokenObjects = {
    serviceAccount: (namespace, name) => get('ServiceAccount', namespace, name),
    secret: (namespace, name) => get('Secret', namespace, name),
    pod: (namespace, name) => get('Pod', namespace, name),
    node: (name) => get('Node', '', name),
  };
  const load = async () => {
    const { privateKeyFromPem, publicKeys, publicKeysFromPem, serviceAccountTokens, tokenIssuer, tokenRequest } = await import(
      '@apiserver-kit/authn/service-account'
    );
    const privateKey = privateKeyFromPem(signingKeyPem);
    const keys = publicKeys([privateKey, ...(keyPem === '' ? [] : publicKeysFromPem(keyPem))]);
    const issuer = tokenIssuer(issuers[0]!, privateKey);
    return {
      tokens: serviceAccountTokens({ issuers, keys, audiences, objects, clock }),
      request: ((asked, call) => tokenRequest(asked, call, { issuer, audiences, objects, clock, uuid: randomUUID })) satisfies RequestToken,
    };
  };
  let loaded: ReturnType<typeof load> | undefined;
  const ready = (): ReturnType<typeof load> => (loaded ??= load());
  return {
    tokens: {
      name: 'serviceaccount',
      // Signed tokens have three parts. Others are none of these, and need no code to be told from them.
      authenticateToken: (token, ctx) => (token.split('.').length === 3 ? ready().then(({ tokens }) => tokens.authenticateToken(token, ctx)) : undefined),
    },
    requestToken: async (asked, call) => (await ready()).request(asked, call),
  };
}
