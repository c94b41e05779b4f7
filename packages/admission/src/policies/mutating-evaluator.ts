/** A MutatingAdmissionPolicy, compiled, and what it makes of an object (k8s.io/apiserver/pkg/admission/plugin/policy/mutating). */
import type { ListValue, Value } from '@apiserver-kit/cel';
import { applyJsonPatch, cloneJson, isRecord, type JsonObject, type KubeObject, PatchError } from '@apiserver-kit/machinery';
import type { ObjectInterfaces } from '../matching/versions.js';
import { judgeConditions } from '../webhooks/match-conditions.js';
import { applyWithoutSchema } from './apply-without-schema.js';
import { conditionResults } from './conditions.js';
import { evaluationBudget, type EvaluationInput, Evaluator } from './evaluation.js';
import { type CompiledExpression, ExpressionCompiler } from './expressions.js';
import { checkTypeNames, patchJson, PatchValue } from './patch-values.js';
import type { MutatingPolicySpec, Mutation, Policy } from './policy.js';

/** One mutation: evaluates its expression, and changes the object by what comes of it. */
export interface CompiledMutation {
  /** @throws Error */
  evaluate(input: EvaluationInput): Value;
  /** @throws Error where the outcome does not fit the object. */
  change(outcome: Value, object: KubeObject, input: EvaluationInput, interfaces: ObjectInterfaces): KubeObject | Promise<KubeObject>;
}

export interface MutatingEvaluator {
  /** Whether the conditions hold. @throws Error where that cannot be told, and the policy is to fail. */
  isConcerned(input: EvaluationInput): boolean;
  readonly mutations: readonly CompiledMutation[];
}

/** Compiles a policy. What does not compile fails when it is evaluated. */
export function mutatingEvaluator({ spec }: Policy<MutatingPolicySpec>): MutatingEvaluator {
  const { matchConditions = [], variables = [], mutations = [], paramKind, failurePolicy } = spec;
  const compiler = new ExpressionCompiler({ hasVariables: true });
  const scope = { hasParams: paramKind !== undefined, hasAuthorizer: true };
  for (const { name, expression } of variables) compiler.define(name, expression, scope);
  const conditions = matchConditions.map(({ expression }) => compiler.compile(expression, 'boolean', scope));
  return {
    isConcerned(input) {
      if (conditions.length === 0) return true;
      const verdict = judgeConditions(conditionResults(conditions, input, compiler.variables), failurePolicy);
      if (verdict instanceof Error) throw verdict;
      return verdict === 'matches';
    },
    mutations: mutations.map((mutation) => compiledMutation(mutation, compiler, scope)),
  };
}

function compiledMutation(
  { patchType, jsonPatch, applyConfiguration }: Mutation,
  compiler: ExpressionCompiler,
  scope: { hasParams: boolean; hasAuthorizer: boolean },
): CompiledMutation {
  const isPatch = patchType === 'JSONPatch';
  const text = (isPatch ? jsonPatch : applyConfiguration)?.expression ?? '';
  const compiled = compiler.compile(text, isPatch ? 'jsonPatch' : 'applyConfiguration', { ...scope, hasPatchTypes: true });
  return { evaluate: (input) => evaluated(compiled, input, compiler), change: isPatch ? patch : apply };
}

function evaluated(compiled: CompiledExpression, input: EvaluationInput, { variables }: ExpressionCompiler): Value {
  if (compiled.error !== undefined) throw new Error(compiled.error);
  const { value, error } = new Evaluator(input, variables, evaluationBudget).evaluate(compiled);
  if (error !== undefined) throw new Error(error);
  return value!;
}

const textOf = (value: PatchValue, field: string): string => (value.fields.get(field) as string | undefined) ?? '';

function operation(value: Value): JsonObject {
  if (!(value instanceof PatchValue)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  const given = value.fields.get('value');
  const from = textOf(value, 'from');
  if (given instanceof PatchValue) checkTypeNames(given);
  return { op: textOf(value, 'op'), path: textOf(value, 'path'), ...(from !== '' && { from }), ...(given !== undefined && { value: jsonOf(given) }) };
}

function jsonOf(value: Value): unknown {
  try {
    return patchJson(value);
  } catch (error) {
    throw new Error(`JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${(error as Error).message}`, { cause: error });
  }
}

const patch: CompiledMutation['change'] = (outcome, object, { versioned }, { complete }) => {
  const list = outcome as ListValue;
  const operations = Array.from({ length: list.size }, (_, index) => operation(list.at(index)));
  let changed: unknown;
  try {
    changed = applyJsonPatch(object, operations);
  } catch (error) {
    // A test that does not hold means that there is nothing to change.
    if (error instanceof PatchError && error.message.startsWith('testing value ') && error.message.endsWith(' failed')) return object;
    throw new Error(`JSON Patch: ${(error as Error).message}`, { cause: error });
  }
  if (!isRecord(changed)) throw new Error('JSON Patch: the patched document is no object');
  return complete(cloneJson(changed) as KubeObject, versioned.kind);
};

const apply: CompiledMutation['change'] = async (outcome, object, { versioned }, interfaces) => {
  const value = outcome as PatchValue;
  checkTypeNames(value);
  const { apiVersion, kind } = object;
  const configuration = { ...(patchJson(value) as JsonObject), apiVersion, kind } as KubeObject;
  try {
    const merged = interfaces.apply ? await interfaces.apply(object, configuration, versioned.kind) : applyWithoutSchema(object, configuration);
    return await interfaces.complete(cloneJson(merged), versioned.kind);
  } catch (error) {
    throw new Error(`error applying patch: ${(error as Error).message}`, { cause: error });
  }
};
