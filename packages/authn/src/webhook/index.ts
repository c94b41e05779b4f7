/** Asks a webhook whose a token is (k8s.io/apiserver/plugin/pkg/authenticator/token/webhook). */
import { type Backoff, type ObjectTarget, postObject, retry } from '@apiserver-kit/client';
import { kubeconfigTarget, readKubeconfig } from '@apiserver-kit/client/kubeconfig';
import { asStatusError, type Clock, isRecord, type JsonObject, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import type { RequestContext, UserInfo } from '@apiserver-kit/pipeline';
import { audiencesOf, commonAudiences } from '../audiences.js';
import type { AuthResult } from '../authenticator.js';
import type { TokenAuthenticator } from '../bearer.js';
import { cached } from '../token-cache.js';

export interface WebhookTokensOptions {
  /** Of the TokenReviews that are sent and expected: `v1`, or `v1beta1`. */
  readonly version?: string;
  /** `--api-audiences`: what a webhook vouches for that says nothing of audiences. */
  readonly audiences?: readonly string[];
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Told of each call: the code of the answer, or `<error>` where there was none. */
  readonly observe?: (code: string, seconds: number) => void;
  /** Told why a webhook could not be asked. */
  readonly log?: (message: string, error: unknown) => void;
}

/** Calls a webhook: the review comes back with its status. */
export type Reviewer = (review: KubeObject, signal: AbortSignal) => Promise<KubeObject>;

const versions = ['v1', 'v1beta1'];

/**
 * Knows the users of tokens that a webhook knows. To be used with {@link cached}, as {@link webhookTokensFromFile} does.
 * @throws Error for a version that is not supported.
 */
export function webhookTokens(target: ObjectTarget | Reviewer, options: WebhookTokensOptions = {}): TokenAuthenticator {
  const { version = 'v1', audiences = [], backoff, clock = systemClock, random, observe, log } = options;
  if (!versions.includes(version))
    throw new Error(`unsupported authentication webhook version "${version}", supported versions are ${versions.map((one) => `"${one}"`).join(', ')}`);
  const send: Reviewer = typeof target === 'function' ? target : (review, signal) => postObject(target, review, signal);
  const call = async (review: KubeObject, signal: AbortSignal): Promise<KubeObject> => {
    const started = clock.now();
    const tell = (code: string) => observe?.(code, (clock.now() - started) / 1000);
    try {
      const answer = await send(review, signal);
      tell('200');
      return answer;
    } catch (error) {
      tell(String(asStatusError(error)?.status.code ?? '<error>'));
      throw error;
    }
  };

  const authenticate = async (token: string, ctx: RequestContext): Promise<AuthResult | undefined> => {
    const wanted = audiencesOf(ctx) ?? (audiences.length > 0 ? audiences : undefined);
    const review = {
      kind: 'TokenReview',
      apiVersion: `authentication.k8s.io/${version}`,
      metadata: {},
      spec: { token, ...(wanted?.length && { audiences: wanted }) },
      status: { user: {} },
    };
    let answer: KubeObject & { readonly status?: unknown };
    try {
      answer = await retry(() => call(review, ctx.signal), { ...backoff, signal: ctx.signal, clock, random });
    } catch (error) {
      log?.('Failed to make webhook authenticator request', error);
      throw error;
    }
    return resultOf(isRecord(answer.status) ? answer.status : {}, wanted, audiences);
  };
  return { name: 'webhook', authenticateToken: authenticate };
}

function resultOf(status: JsonObject, wanted: readonly string[] | undefined, implicit: readonly string[]): AuthResult | undefined {
  let common: string[] | undefined;
  if (wanted !== undefined) {
    const vouched = texts(status.audiences, 'audiences');
    common = commonAudiences(wanted, vouched.length > 0 ? vouched : implicit);
    if (common.length === 0) return undefined;
  }
  if (status.authenticated !== true) {
    if (typeof status.error === 'string' && status.error !== '') throw new Error(status.error);
    return undefined;
  }
  return { user: userOf(isRecord(status.user) ? status.user : {}), audiences: common };
}

function userOf({ username = '', uid = '', groups, extra }: JsonObject): UserInfo {
  if (typeof username !== 'string' || typeof uid !== 'string') throw new Error('the webhook says a user whose name or uid is no text');
  return {
    name: username,
    uid,
    groups: texts(groups, 'groups'),
    ...(isRecord(extra) && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values, 'extra')])) }),
  };
}

function texts(value: unknown, what: string): readonly string[] {
  const list = value ?? [];
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) throw new Error(`the webhook says ${what} that are no list of texts`);
  return list;
}

export interface WebhookFileOptions extends WebhookTokensOptions {
  /** `--authentication-token-webhook-cache-ttl`: for users, and for tokens that the webhook does not know. Default two minutes. */
  readonly cacheTtlMs?: number;
}

/**
 * The webhook of a kubeconfig file (`--authentication-token-webhook-config-file`), with its cache.
 * @throws Error when the file cannot be used, or the version is not supported.
 */
export function webhookTokensFromFile(path: string, options: WebhookFileOptions = {}): TokenAuthenticator {
  const { cacheTtlMs = 120_000, clock } = options;
  const tokens = webhookTokens(kubeconfigTarget(readKubeconfig(path, { clock })), options);
  return cached(tokens, { successTtlMs: cacheTtlMs, failureTtlMs: cacheTtlMs, cacheErrors: false, clock });
}
