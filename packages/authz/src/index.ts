/** Who may do what: authorizers, their union, the filter that refuses, RBAC with its bootstrap policy, and access reviews. */
export * from './authorization.js';
export * from './authorizer.js';
export * from './fixed.js';
export { Binding, serviceAccountUser } from './rbac/binding.js';
export * from './rbac/index.js';
export * from './rbac/policy.js';
export { ruleAllows } from './rbac/rule-match.js';
export * from './rbac/source.js';
