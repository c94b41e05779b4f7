/** What mutating and validating webhooks have in common: which of them a request concerns, and how one is asked (k8s.io/apiserver/pkg/admission/plugin/webhook/generic). */
import { randomUUID } from 'node:crypto';
import { asStatusError, type Clock, forbidden, internalError, type StatusError, systemClock } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import { annotate, warnClient } from '../annotate.js';
import { type MatchedResource, matchedResource } from '../matching/matched-resource.js';
import { isAccessReview, isAdmissionConfiguration } from '../matching/rules.js';
import { namespaceSelected, type NamespaceReader, objectSelected } from '../matching/selectors.js';
import { type ObjectInterfaces, singleVersions, type Versioned } from '../matching/versions.js';
import type { WebhookCaller } from './caller.js';
import type { Hook, WebhookSource } from './configuration.js';
import { CallError, dryRunUnsupported, refusal } from './failure.js';
import { type CompiledConditions, type ConditionCompiler, judgeConditions, noConditions } from './match-conditions.js';
import { admissionRequest, admissionReview, readReview, reviewVersion, type ReviewAnswer } from './review.js';

/** What befell a webhook, for metrics. */
export interface WebhookObservation {
  readonly webhook: string;
  readonly type: 'admit' | 'validating';
  readonly operation: Attributes['operation'];
  readonly durationMs: number;
  /** `failedOpen`: it failed, and was passed over. */
  readonly outcome: 'allowed' | 'refused' | 'failed' | 'failedOpen';
}

export interface WebhookOptions {
  readonly source: WebhookSource;
  readonly call: WebhookCaller;
  readonly namespaces: NamespaceReader;
  /** What is known of the versions of resources. Default: each is served in one. */
  readonly interfaces?: ObjectInterfaces;
  /** Default: conditions fail. */
  readonly conditions?: ConditionCompiler;
  /** Told of each call. */
  readonly observe?: (observation: WebhookObservation) => void;
  readonly clock?: Clock;
  readonly uid?: () => string;
}

/** A hook that a request concerns. */
export interface Invocation extends MatchedResource {
  readonly hook: Hook;
}

/** Gives the objects of a request as a kind. */
export type Versions = (kind: MatchedResource['kind']) => Versioned | Promise<Versioned>;

export class WebhookDispatcher {
  readonly interfaces: ObjectInterfaces;
  readonly clock: Clock;
  readonly #options: WebhookOptions;
  readonly #conditions = new WeakMap<Hook, CompiledConditions>();

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.interfaces = options.interfaces ?? singleVersions;
    this.clock = options.clock ?? systemClock;
  }

  /** The hooks that may be asked about a request. Usually none: then nobody waits. */
  candidates(attributes: Attributes): readonly Hook[] {
    return isAdmissionConfiguration(attributes) || isAccessReview(attributes) ? [] : this.#options.source.hooks();
  }

  /** As which resource a hook's rules mean a request. */
  matched({ rules, webhook }: Hook, attributes: Attributes): MatchedResource | undefined {
    return matchedResource(rules, attributes, webhook.matchPolicy, this.interfaces);
  }

  /**
   * Whether the selectors and conditions of a hook let it be asked about a request that its rules mean.
   * @throws StatusError when that cannot be told.
   */
  async isConcerned(hook: Hook, matched: MatchedResource, attributes: Attributes, versions: Versions): Promise<boolean> {
    // Of the two selectors, each that says no is believed before the other's failure.
    let failure: StatusError | undefined;
    try {
      const selected = namespaceSelected(hook.namespaceSelector, attributes, this.#options.namespaces);
      if (!(selected instanceof Promise ? await selected : selected)) return false;
    } catch (error) {
      failure = asStatusError(error);
      if (!failure) throw error;
    }
    if (!objectSelected(hook.objectSelector, attributes)) return false;
    if (failure) throw failure;
    return this.#meetsConditions(hook, matched, attributes, versions);
  }

  async #meetsConditions(hook: Hook, matched: MatchedResource, attributes: Attributes, versions: Versions): Promise<boolean> {
    const { matchConditions = [], failurePolicy } = hook.webhook;
    if (matchConditions.length === 0) return true;
    let compiled = this.#conditions.get(hook);
    if (!compiled) {
      compiled = (this.#options.conditions ?? noConditions)(matchConditions);
      this.#conditions.set(hook, compiled);
    }
    const { object, oldObject } = await versions(matched.kind);
    const verdict = judgeConditions(compiled({ object, oldObject, request: admissionRequest(attributes, matched), attributes, matched }), failurePolicy);
    if (verdict instanceof Error) throw forbidden(attributes.resource, attributes.name, verdict.message);
    return verdict === 'matches';
  }

  /**
   * Asks a webhook.
   * @returns its answer, if it allows the request.
   * @throws StatusError what it refuses with; CallError when it cannot be asked, or does not answer the question.
   */
  async ask({ hook, ...matched }: Invocation, attributes: Attributes, versioned: Versioned, mutates: boolean): Promise<ReviewAnswer> {
    const { webhook } = hook;
    const { name, sideEffects, admissionReviewVersions } = webhook;
    if (attributes.isDryRun && sideEffects === undefined) throw new CallError(name, 'Webhook SideEffects is nil');
    if (attributes.isDryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') throw dryRunUnsupported(name);
    const version = reviewVersion(admissionReviewVersions);
    if (version === undefined)
      throw new CallError(name, 'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)');
    const uid = (this.#options.uid ?? randomUUID)();
    const review = admissionReview(version, uid, attributes, matched, versioned);
    const answer = await this.#answerTo(hook, review, version, uid, attributes, mutates);
    for (const [key, value] of Object.entries(answer.auditAnnotations)) annotate(attributes, `${name}/${key}`, value);
    for (const text of answer.warnings) warnClient(attributes, text);
    if (!answer.allowed) throw refusal(name, answer.result);
    return answer;
  }

  async #answerTo(
    { webhook }: Hook,
    review: Parameters<WebhookCaller>[0]['review'],
    version: 'v1' | 'v1beta1',
    uid: string,
    { context }: Attributes,
    mutates: boolean,
  ): Promise<ReviewAnswer> {
    const { name, clientConfig, timeoutSeconds } = webhook;
    let found: Awaited<ReturnType<WebhookCaller>>;
    try {
      found = await this.#options.call({
        webhook: name,
        clientConfig,
        review,
        timeoutMs: this.#timeoutMs(timeoutSeconds, context?.deadline),
        signal: context?.signal,
      });
    } catch (error) {
      throw new CallError(name, `failed to call webhook: ${(error as Error).message}`, { cause: error });
    }
    try {
      return readReview(found, version, uid, mutates);
    } catch (error) {
      throw new CallError(name, `received invalid webhook response: ${(error as Error).message}`, { cause: error });
    }
  }

  /** What the webhook may take, and what the request has left. */
  #timeoutMs(timeoutSeconds: number | undefined, deadline = 0): number | undefined {
    const own = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
    const left = deadline > 0 ? Math.max(1, deadline - this.clock.now()) : undefined;
    return own === undefined || left === undefined ? (own ?? left) : Math.min(own, left);
  }

  /** Tells who counts. */
  observe(hook: Hook, type: WebhookObservation['type'], { operation }: Attributes, startMs: number, outcome: WebhookObservation['outcome']): void {
    this.#options.observe?.({ webhook: hook.webhook.name, type, operation, durationMs: this.clock.now() - startMs, outcome });
  }
}

/** The sentence of an error that is no StatusError becomes a 500; others stay. */
export const asInternal = (error: unknown): StatusError => asStatusError(error) ?? internalError((error as Error).message, { cause: error });
