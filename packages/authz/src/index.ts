/** Who may do what: authorizers, their union, the filter that refuses, RBAC with its bootstrap policy, and access reviews. */
export {
  type AuthorizationAttempt,
  type AuthorizationOptions,
  attributesOf,
  authorization,
  forbiddenError,
  forbiddenMessage,
} from './authorization.js';
export * from './abac/index.js';
export * from './authorizer.js';
export * from './fixed.js';
export * from './impersonation/index.js';
export * from './node/index.js';
export * from './rbac/aggregation.js';
export { Binding, serviceAccountUser } from './rbac/binding.js';
export * from './rbac/bootstrap.js';
export { rulesCover, uncoveredRules } from './rbac/covers.js';
export * from './rbac/escalation.js';
export * from './rbac/index.js';
export * from './rbac/policy.js';
export * from './rbac/reconcile.js';
export { ruleAllows } from './rbac/rule-match.js';
export * from './rbac/source.js';
export * from './reviews/index.js';
export * from './reviews/spec.js';
export { validateLocalSubjectAccessReview, validateSelfSubjectAccessReview, validateSubjectAccessReview } from './reviews/validate-review.js';
