/** Who a server knows. */
import { authenticatedGroup, type Authenticator, bearer, type TokenAuthenticator, union, withAnonymous, x509 } from '@apiserver-kit/authn';
import type { Clock } from '@apiserver-kit/machinery';
import { trustedUser } from '../in-process.js';

export interface AuthenticatorOptions {
  /** PEM: clients with a certificate of these CAs are known. */
  readonly clientCAPem?: string;
  readonly tokens?: readonly TokenAuthenticator[];
  /** Asked before certificates and tokens. */
  readonly authenticators?: readonly Authenticator[];
  /** Whether requests without a credential are `system:anonymous`. Default true. */
  readonly anonymousAuth?: boolean;
  readonly clock?: Clock;
}

/** Knows the users of the in-process client, who have proved who they are by being here. */
const inProcess: Authenticator = {
  name: 'inProcess',
  authenticate(ctx) {
    const user = trustedUser(ctx);
    return user && { user };
  },
};

/** Reading certificates takes a while, the first ones most of all: they are read when the first client shows one. */
function lazily(pem: string): () => string {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('clientCAPem holds no certificate');
  return () => pem;
}

/** All the ways to be known, in the order in which they are asked. */
export function serverAuthenticator({ clientCAPem, tokens = [], authenticators = [], anonymousAuth = true, clock }: AuthenticatorOptions): Authenticator {
  const known = authenticatedGroup(
    union([
      inProcess,
      ...authenticators,
      ...(clientCAPem === undefined ? [] : [x509({ clientCAs: lazily(clientCAPem), clock })]),
      // Without any, a token is a credential that nobody knows: it is passed over, and the request is anonymous.
      ...(tokens.length === 0 ? [] : [bearer(...tokens)]),
    ]),
  );
  return anonymousAuth ? withAnonymous(known) : known;
}
