/** How a webhook is reached: over HTTPS in a server, as a function in a test. */
import type { JsonObject } from '@apiserver-kit/machinery';
import type { WebhookClientConfig } from './configuration.js';

export interface WebhookCall {
  /** The name of the webhook. */
  readonly webhook: string;
  readonly clientConfig: WebhookClientConfig;
  /** An AdmissionReview. */
  readonly review: JsonObject;
  /** The answer must be there by then; undefined: whenever. */
  readonly timeoutMs: number | undefined;
  /** Aborted with the request. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks a webhook.
 * @returns what it answers with: an AdmissionReview, if it is right.
 * @throws Error with the reference's words where there is no answer.
 */
export type WebhookCaller = (call: WebhookCall) => Promise<JsonObject>;
