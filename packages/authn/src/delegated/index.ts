/**
 * Authentication of extension servers: by the API server of their cluster (k8s.io/apiserver/pkg/authentication/authenticatorfactory).
 *
 * Users come through its front proxy, which names them in headers, or show certificates or tokens that the cluster knows.
 */
import { below } from '@apiserver-kit/client';
import { type Kubeconfig, kubeconfigTarget } from '@apiserver-kit/client/kubeconfig';
import { systemClock } from '@apiserver-kit/machinery';
import { type AnonymousOptions, authenticatedGroup, type Authenticator, union, withAnonymous } from '../authenticator.js';
import { bearer } from '../bearer.js';
import { frontProxy } from '../front-proxy.js';
import type { RequestHeaderNames } from '../request-header.js';
import { cached } from '../token-cache.js';
import { type WebhookTokensOptions, webhookTokens } from '../webhook/index.js';
import { websocketBearer } from '../websocket-bearer.js';
import { x509 } from '../x509/index.js';
import { FollowedAuthorities } from './cluster-authorities.js';

export interface DelegatedOptions extends Pick<WebhookTokensOptions, 'audiences' | 'backoff' | 'clock' | 'observe' | 'log'> {
  /** `--authentication-token-webhook-cache-ttl`. Default 10 s. */
  readonly cacheTtlMs?: number;
  /** A review of a token takes at most so long. Default 10 s. */
  readonly timeoutMs?: number;
  /** `--authentication-skip-lookup`: whether the cluster is not asked for its authorities. Default false. */
  readonly skipLookup?: boolean;
  /** `--authentication-tolerate-lookup-failure`: whether to go on where it does not say them. Default false. */
  readonly tolerateLookupFailure?: boolean;
  /** The authorities are asked for so often. Default 10 s. */
  readonly pollMs?: number;
  /** `false`: requests that show nothing are refused. Default: they are anonymous. */
  readonly anonymous?: AnonymousOptions | false;
}

/** Who an extension server knows. */
export interface DelegatedAuthentication extends AsyncDisposable {
  readonly authenticator: Authenticator;
  /** For the option of that name of `authentication`: the headers to be taken away. */
  readonly requestHeaders: () => RequestHeaderNames;
  close(): Promise<void>;
}

/**
 * Delegates to the API server of a kubeconfig, or of the cluster that this pod runs in.
 * @throws StatusError or Error when the cluster does not say its authorities, unless that is tolerated.
 *
 * @example
 * const delegated = await delegatedAuthentication(inClusterConfig());
 * const filter = authentication(delegated.authenticator, { requestHeaders: delegated.requestHeaders });
 */
export async function delegatedAuthentication(cluster: Kubeconfig, options: DelegatedOptions = {}): Promise<DelegatedAuthentication> {
  const { cacheTtlMs = 10_000, timeoutMs = 10_000, clock = systemClock, anonymous = {}, pollMs = 10_000, log } = options;
  const server = kubeconfigTarget(cluster, { timeoutMs });
  const authorities = new FollowedAuthorities(server, { clock, pollMs, log });
  if (!options.skipLookup) {
    try {
      await authorities.read();
    } catch (error) {
      if (!options.tolerateLookupFailure) {
        await server.client.close();
        throw error;
      }
      log?.('Error looking up in-cluster authentication configuration', error);
    }
    authorities.follow();
  }

  const reviews = below(server, '/apis/authentication.k8s.io/v1/tokenreviews');
  const tokens = cached(webhookTokens(reviews, options), { successTtlMs: cacheTtlMs, failureTtlMs: cacheTtlMs, cacheErrors: false, clock });
  const requestHeaders = (): RequestHeaderNames => authorities.current.names;
  const known = authenticatedGroup(
    union([
      frontProxy({ clientCAs: () => authorities.current.proxyCAs, allowedNames: () => authorities.current.allowedNames, names: requestHeaders, clock }),
      x509({ clientCAs: () => authorities.current.clientCAs, clock }),
      bearer(tokens),
      websocketBearer(tokens),
    ]),
  );
  const close = (): Promise<void> => {
    authorities.close();
    return server.client.close();
  };
  return { authenticator: anonymous === false ? known : withAnonymous(known, anonymous), requestHeaders, close, [Symbol.asyncDispose]: close };
}
