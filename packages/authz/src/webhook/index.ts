/** Asks a webhook (k8s.io/apiserver/plugin/pkg/authorizer/webhook). */
import { type Backoff, type ObjectTarget, postObject, retry } from '@apiserver-kit/client';
import { kubeconfigTarget, readKubeconfig } from '@apiserver-kit/client/kubeconfig';
import { aggregateError, type Clock, fieldErrorText, isReason, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import { type Attributes, type Authorizer, noOpinion, type RuleSet, type Verdict } from '../authorizer.js';
import { digestOf, Remembered } from '../remembered.js';
import type { SubjectAccessReviewSpec } from '../reviews/spec.js';
import { compileConditions, conditionsMatch, type MatchConditionCompiler, noMatchConditions } from './match-conditions.js';
import { type ReviewAnswer, type ReviewVersion, readAnswer, reviewObject, reviewSpec, reviewVersions } from './review.js';

export { type MatchCondition, type MatchConditionCompiler, noMatchConditions } from './match-conditions.js';
export { type ReviewVersion, reviewVersions } from './review.js';

/** How a call of a webhook ended: the metrics `apiserver_authorization_webhook_*`. */
export interface WebhookCall {
  readonly name: string;
  readonly result: 'success' | 'timeout' | 'error';
  readonly seconds: number;
}

export interface WebhookAuthorizerOptions {
  /** For messages and metrics. Default `webhook`. */
  readonly name?: string;
  /** Of the reviews that are sent and expected. Default `v1`. */
  readonly version?: string;
  /** How long an allow is remembered (`--authorization-webhook-cache-authorized-ttl`). Default five minutes; 0 for not at all. */
  readonly authorizedTtlMs?: number;
  /** How long anything else is (`--authorization-webhook-cache-unauthorized-ttl`). Default 30 s. */
  readonly unauthorizedTtlMs?: number;
  /** What a webhook that cannot be asked means: nothing (`NoOpinion`), or no. Default `NoOpinion`. */
  readonly failurePolicy?: 'NoOpinion' | 'Deny';
  /** Expressions that all have to hold for the webhook to be asked. */
  readonly matchConditions?: readonly string[];
  /** Compiles them. Default: none can be. */
  readonly compileCondition?: MatchConditionCompiler;
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly observe?: (call: WebhookCall) => void;
  /** Told why a webhook could not be asked. */
  readonly log?: (message: string, error: unknown) => void;
}

/** Calls a webhook: the review comes back with its status. */
export type AccessReviewer = (review: KubeObject) => Promise<KubeObject>;

const maxRemembered = 8192;
/** Longer questions are not remembered: they would be somebody's who wants to fill the memory. */
const maxRememberedLength = 10_000;

const unlistable: RuleSet = Object.freeze({
  resourceRules: [],
  nonResourceRules: [],
  isIncomplete: true,
  error: new Error('webhook authorizer does not support user rule resolution'),
});

/**
 * Allows and denies what a webhook does.
 * @throws Error for a version that there is none of, and for conditions that cannot be compiled.
 */
export function webhookAuthorizer(target: ObjectTarget | AccessReviewer, options: WebhookAuthorizerOptions = {}): Authorizer {
  const { name = 'webhook', authorizedTtlMs = 300_000, unauthorizedTtlMs = 30_000, failurePolicy = 'NoOpinion' } = options;
  const { matchConditions = [], compileCondition = noMatchConditions, backoff, clock = systemClock, random, observe, log } = options;
  const version = reviewVersionOf(options.version ?? 'v1');
  const { conditions, errors } = compileConditions(matchConditions, compileCondition);
  if (errors.length > 0) throw aggregateError(errors.map((error) => new Error(fieldErrorText(error))));
  const send: AccessReviewer = typeof target === 'function' ? target : (review) => postObject(target, review);
  const remembered = new Remembered<ReviewAnswer>({ maxEntries: maxRemembered, clock });

  const failed = (error: unknown): Verdict => ({
    decision: failurePolicy === 'Deny' ? 'deny' : 'noOpinion',
    reason: '',
    error: error instanceof Error ? error : new Error(String(error)),
  });
  const call = async (review: KubeObject): Promise<ReviewAnswer> => {
    const started = clock.now();
    const tell = (result: WebhookCall['result']) => observe?.({ name, result, seconds: (clock.now() - started) / 1000 });
    try {
      const answer = readAnswer(await send(review));
      tell('success');
      return answer;
    } catch (error) {
      tell(isReason(error, 'Timeout') || (error instanceof Error && /^no answer within /.test(error.message)) ? 'timeout' : 'error');
      throw error;
    }
  };
  const ask = async (spec: SubjectAccessReviewSpec, key: string, isRemembered: boolean): Promise<Verdict> => {
    let answer: ReviewAnswer;
    try {
      answer = await retry(() => call(reviewObject(spec, version)), { ...backoff, clock, random });
    } catch (error) {
      log?.('Failed to make webhook authorizer request', error);
      return failed(error);
    }
    if (isRemembered) remembered.set(key, answer, answer.isAllowed ? authorizedTtlMs : unauthorizedTtlMs);
    return verdictOf(answer);
  };

  return {
    name,
    authorize(attributes) {
      const spec = reviewSpec(attributes);
      try {
        if (!conditionsMatch(conditions, spec)) return noOpinion;
      } catch (error) {
        return failed(error);
      }
      const key = digestOf(spec);
      const known = remembered.get(key);
      return known === undefined ? ask(spec, key, lengthOf(attributes) < maxRememberedLength) : verdictOf(known);
    },
    rulesFor: () => unlistable,
  };
}

function reviewVersionOf(version: string): ReviewVersion {
  const known = reviewVersions.find((one) => one === version);
  if (known === undefined)
    throw new Error(`unsupported webhook authorizer version "${version}", supported versions are ${reviewVersions.map((one) => `"${one}"`).join(', ')}`);
  return known;
}

const lengthOf = ({ namespace, verb, apiGroup, apiVersion, resource, subresource, name, path }: Attributes): number =>
  [namespace, verb, apiGroup, apiVersion, resource, subresource, name, path].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

function verdictOf({ isAllowed, isDenied, reason }: ReviewAnswer): Verdict {
  if (isDenied && isAllowed) return { decision: 'deny', reason, error: new Error('webhook subject access review returned both allow and deny response') };
  if (isDenied) return { decision: 'deny', reason };
  return { decision: isAllowed ? 'allow' : 'noOpinion', reason };
}

/**
 * The webhook of a kubeconfig file (`--authorization-webhook-config-file`).
 * @param timeoutMs of a call. Default 30 s.
 * @throws Error when the file cannot be used.
 */
export const webhookAuthorizerFromFile = (path: string, options: WebhookAuthorizerOptions & { readonly timeoutMs?: number } = {}): Authorizer =>
  webhookAuthorizer(kubeconfigTarget(readKubeconfig(path, { clock: options.clock }), { timeoutMs: options.timeoutMs }), options);
