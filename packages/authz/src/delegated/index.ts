/** Authorization of extension servers: by the API server of their cluster (k8s.io/apiserver/pkg/authorization/authorizerfactory). */
import { below } from '@apiserver-kit/client';
import { type Kubeconfig, kubeconfigTarget } from '@apiserver-kit/client/kubeconfig';
import { type Authorizer, union } from '../authorizer.js';
import { alwaysAllowPaths, privilegedGroups } from '../fixed.js';
import { webhookAuthorizer, type WebhookAuthorizerOptions } from '../webhook/index.js';

export interface DelegatedOptions extends Pick<WebhookAuthorizerOptions, 'authorizedTtlMs' | 'unauthorizedTtlMs' | 'backoff' | 'clock' | 'observe' | 'log'> {
  /** A review takes at most so long. Default 10 s. */
  readonly timeoutMs?: number;
  /** `--authorization-always-allow-paths`. Default: health. */
  readonly alwaysAllowedPaths?: readonly string[];
  /** Groups that may do everything, so that the cluster need not be asked. Default `system:masters`. */
  readonly alwaysAllowedGroups?: readonly string[];
}

/** Asks a cluster. */
export interface DelegatedAuthorizer extends Authorizer, AsyncDisposable {
  close(): Promise<void>;
}

/**
 * Delegates to the API server of a kubeconfig, or of the cluster that this pod runs in: by SubjectAccessReviews, whose answers are remembered for
 * ten seconds.
 *
 * @example authorization(delegatedAuthorizer(inClusterConfig()))
 */
export function delegatedAuthorizer(cluster: Kubeconfig, options: DelegatedOptions = {}): DelegatedAuthorizer {
  const { timeoutMs = 10_000, authorizedTtlMs = 10_000, unauthorizedTtlMs = 10_000 } = options;
  const { alwaysAllowedPaths = ['/healthz', '/readyz', '/livez'], alwaysAllowedGroups = ['system:masters'] } = options;
  const server = kubeconfigTarget(cluster, { timeoutMs });
  const reviews = below(server, '/apis/authorization.k8s.io/v1/subjectaccessreviews');
  const asked = webhookAuthorizer(reviews, { ...options, authorizedTtlMs, unauthorizedTtlMs, name: 'delegated' });
  // No groups are no privilege: an empty list must not become the default.
  const groups = alwaysAllowedGroups.length === 0 ? [] : [privilegedGroups(...alwaysAllowedGroups)];
  const { authorize, rulesFor } = union([...groups, alwaysAllowPaths(alwaysAllowedPaths), asked]);
  const close = (): Promise<void> => server.client.close();
  return { name: 'delegated', authorize, rulesFor, close, [Symbol.asyncDispose]: close };
}
