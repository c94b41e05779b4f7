/** Knows users by the tokens of one OpenID issuer (k8s.io/apiserver/plugin/pkg/authenticator/token/oidc). */
import { type HttpClient, httpClient } from '@apiserver-kit/client';
import { aggregateError, type Clock, fieldErrorText, goQuote, systemClock } from '@apiserver-kit/machinery';
import type { AuthResult } from '../authenticator.js';
import type { TokenAuthenticator } from '../bearer.js';
import { untrustedIssuer } from '../jwt/compact.js';
import { compileMappings, noExpressions } from './compile-mappings.js';
import type { JwtAuthenticator } from './configuration.js';
import { withDistributedClaim } from './distributed-claims.js';
import { PolledProvider } from './polled-provider.js';
import { type IdTokenVerifier, withGoogleScheme } from './provider.js';
import { userOfClaims } from './user-of-claims.js';
import { type ConfigurationRules, validateJwtAuthenticator } from './validate-configuration.js';

/** What tokens may be signed with, where a file configures issuers. */
export const signingAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];

/** How a token of an issuer fared; tokens of others are not told of. */
export interface JwtAttempt {
  readonly issuer: string;
  readonly result: 'success' | 'failure';
  readonly seconds: number;
}

export interface OidcOptions extends ConfigurationRules {
  /** `--oidc-signing-algs`. Default `RS256`. */
  readonly algorithms?: readonly string[];
  /** Asks the issuer. Default: a client that believes the authorities of the configuration. */
  readonly client?: HttpClient;
  readonly clock?: Clock;
  readonly observe?: (attempt: JwtAttempt) => void;
  readonly observeKeys?: (issuer: string, outcome: 'success' | 'failure') => void;
  readonly log?: (message: string, error: unknown) => void;
}

/** An authenticator that looks for its issuer, and may not have found it yet. */
export interface OidcAuthenticator extends TokenAuthenticator, AsyncDisposable {
  /** Resolves when the issuer was found. */
  readonly ready: Promise<void>;
  /** Why tokens cannot be verified; undefined when they can. */
  health(): Error | undefined;
  close(): Promise<void>;
}

/** So many other issuers are remembered that claims are had from. */
const maxClaimIssuers = 64;

/**
 * Knows users by the tokens of one issuer. The issuer is looked for from now on, until it is found; until then its tokens are refused.
 * @throws Error for what is wrong with the configuration.
 */
export function oidcTokens(authenticator: JwtAuthenticator, options: OidcOptions = {}): OidcAuthenticator {
  const { algorithms = ['RS256'], cel = noExpressions, clock = systemClock, observe, observeKeys, log } = options;
  const errors = validateJwtAuthenticator(authenticator, '', options);
  if (errors.length > 0) throw aggregateError(errors.map((error) => new Error(fieldErrorText(error))));
  const unsupported = algorithms.find((algorithm) => !signingAlgorithms.includes(algorithm));
  if (unsupported !== undefined) throw new Error(`oidc: unsupported signing alg: ${goQuote(unsupported)}`);
  const { url: issuer = '', discoveryURL, certificateAuthority, egressSelectorType } = authenticator.issuer;
  if (egressSelectorType) throw new Error(`oidc: egress lookup required with egress selector type ${goQuote(egressSelectorType)}`);

  const { mappings } = compileMappings(authenticator, '', cel);
  const client = options.client ?? httpClient({ caPem: certificateAuthority || undefined });
  const audiences = authenticator.issuer.audiences ?? [];
  const providerOf = (url: string, discoveryUrl?: string): PolledProvider =>
    new PolledProvider({ issuer: url, discoveryUrl, audiences, algorithms, client, clock, log, observeKeys: (outcome) => observeKeys?.(url, outcome) });
  const provider = providerOf(issuer, discoveryURL);
  const claimProviders = new Map<string, PolledProvider>();
  const verifierOf = (url: string): IdTokenVerifier => {
    let found = claimProviders.get(url);
    if (found === undefined && claimProviders.size < maxClaimIssuers) claimProviders.set(url, (found = providerOf(url)));
    if (found?.verifier === undefined) throw new Error(`verifier not initialized for issuer: ${goQuote(url)}`);
    return found.verifier;
  };
  const groupsClaim = authenticator.claimMappings.groups?.claim ?? '';

  const authenticate = async (token: string): Promise<AuthResult> => {
    const { verifier } = provider;
    if (verifier === undefined) throw new Error('oidc: authenticator not initialized');
    let claims = await verifier.verify(token).catch((error: Error) => {
      throw new Error(`oidc: verify token: ${error.message}`, { cause: error });
    });
    if (groupsClaim !== '')
      claims = await withDistributedClaim(claims, { claim: groupsClaim, client, verifierOf }).catch((error: Error) => {
        throw new Error(`oidc: could not expand distributed claims: ${error.message}`, { cause: error });
      });
    return { user: userOfClaims(claims, authenticator, mappings) };
  };
  const observed = async (token: string): Promise<AuthResult> => {
    const started = clock.now();
    const tell = (result: JwtAttempt['result']) => observe?.({ issuer, result, seconds: (clock.now() - started) / 1000 });
    try {
      const answer = await authenticate(token);
      tell('success');
      return answer;
    } catch (error) {
      tell('failure');
      throw error;
    }
  };
  const close = async (): Promise<void> => {
    for (const one of [provider, ...claimProviders.values()]) one.close();
    if (options.client === undefined) await client.close();
  };
  return {
    name: 'oidc',
    authenticateToken: (token) => (isIssuedBy(issuer, token) ? observed(token) : undefined),
    ready: provider.settled,
    health: () => provider.failure && new Error(`oidc: authenticator for issuer ${goQuote(issuer)} is not healthy: ${provider.failure.message}`),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isIssuedBy(issuer: string, token: string): boolean {
  try {
    return withGoogleScheme(untrustedIssuer(token)) === issuer;
  } catch {
    // No token of an issuer: somebody else may know it.
    return false;
  }
}
