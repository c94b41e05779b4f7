/** The admission chain and its plugins. */
export * from './admission.js';
export { annotate } from './annotate.js';
export { type Rule, type RuleAttributes, ruleMatches } from './matching/rules.js';
export type { NamespaceReader } from './matching/selectors.js';
export { type ObjectInterfaces, singleVersions } from './matching/versions.js';
export * from './namespace-lifecycle.js';
export { type PolicyObjects, policyObjects } from './policies/store.js';
export { type WebhookStore, webhookStore } from './webhooks/configuration.js';
