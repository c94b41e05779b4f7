/** Policies in CEL: ValidatingAdmissionPolicy and MutatingAdmissionPolicy. */
export { celConditions } from './conditions.js';
export { type CompiledExpression, ExpressionCompiler, type ExpressionCompilerOptions, type ExpressionResult, type ExpressionScope } from './expressions.js';
export type { PolicyOptions } from './options.js';
export type { ParamReader } from './params.js';
export type { ExpressionAuthorizer } from './patient-authorizer.js';
export type { ParamKind, ParamRef } from './policy.js';
export { type PolicyObjects, policyObjects } from './store.js';
export { mutatingPolicies } from './mutating.js';
export { validatingPolicies } from './validating.js';
