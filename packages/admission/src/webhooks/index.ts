/** Dynamic webhooks: MutatingWebhookConfiguration and ValidatingWebhookConfiguration at work. */
export type { WebhookCall, WebhookCaller } from './caller.js';
export * from './configuration.js';
export type { WebhookObservation, WebhookOptions } from './dispatcher.js';
export { type HttpWebhookCaller, type HttpWebhookCallerOptions, httpWebhookCaller, type ServiceResolver, type WebhookCredentials } from './http-caller.js';
export type { CompiledConditions, ConditionCompiler, ConditionInput, ConditionResult } from './match-conditions.js';
export { mutatingWebhooks } from './mutating.js';
export { validatingWebhooks } from './validating.js';
export { type WebhookHandler, type WebhookHandlerOptions, webhookHandler } from './handler.js';
