/** CEL as Kubernetes runs it: checked, with its libraries, types from schemas and a cost budget. */
export {
  type CelEnvironment,
  type CelEnvironmentOptions,
  type Compiled,
  type EvaluateOptions,
  type Evaluation,
  type Program,
  ProgramError,
  celEnvironment,
  perCallLimit,
} from './environment.js';
export type { Activation } from './evaluation/frame.js';
export type { TypeProvider } from './checker/type-provider.js';
export type { Range } from './cost/estimates.js';
export type { SizeOfPath } from './cost/estimate.js';
export type { CallCost, CallEstimator, CostRules } from './cost/cost-rules.js';
export { type FunctionDeclaration, type Implementation, type Library, type Overload, fn, global, member } from './library/declaration.js';
export { compatibilityVersion, kubernetesLibraries, newestVersion } from './library/kubernetes.js';
export { jsonPatchLibrary } from './library/json-patch.js';
export {
  type CelAuthorizationAttributes,
  type CelAuthorizer,
  type CelDecision,
  type CelUser,
  authorizerType,
  authorizerValue,
  requestResourceValue,
  resourceCheckType,
} from './library/authz.js';
export type { Issue, Location } from './syntax/source.js';
export * as celTypes from './types/type.js';
export { Type } from './types/type.js';
export { fromJson, NoJsonError, toJson } from './values/json.js';
export { CelError, Double, Duration, type Int, ListValue, MapValue, ObjectValue, Optional, Timestamp, Uint, type Value, typeOf } from './values/value.js';
export { printValue } from './values/print.js';
export { type RuleResult, type SchemaRules, type SchemaRulesOptions, type ValidateRulesOptions, objectCostBudget, schemaRules } from './schema/schema-rules.js';
export { schemaValue } from './schema/schema-value.js';
export { escapeName, unescapeName } from './schema/escaping.js';
export { type ValidateRuleTextsOptions, expressionCostLimit, schemaCostLimit, validateRules } from './schema/validate-rules.js';
