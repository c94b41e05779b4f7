/** The conditions of policies and webhooks, evaluated (k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions). */
import type { CelAuthorizer } from '@apiserver-kit/cel';
import type { ConditionCompiler, ConditionResult } from '../webhooks/match-conditions.js';
import { BudgetExhausted, conditionBudget, type EvaluationInput, Evaluator } from './evaluation.js';
import { type CompiledExpression, ExpressionCompiler } from './expressions.js';

/** A result for each condition; one error for all where the budget was spent. */
export function conditionResults(
  conditions: readonly CompiledExpression[],
  input: EvaluationInput,
  variables: ReadonlyMap<string, CompiledExpression>,
): readonly ConditionResult[] {
  // Namespaces are not shown to conditions.
  const evaluator = new Evaluator({ ...input, namespace: undefined }, variables, conditionBudget);
  try {
    return conditions.map((condition) => {
      const { value, error } = evaluator.evaluate(condition);
      return error === undefined ? value === true : new Error(error);
    });
  } catch (error) {
    if (error instanceof BudgetExhausted) return [error];
    throw error;
  }
}

const none: ReadonlyMap<string, CompiledExpression> = new Map();

/** Conditions of webhooks. @param authorizer whom they may ask; it answers at once. */
export function celConditions(authorizer?: CelAuthorizer): ConditionCompiler {
  const compiler = new ExpressionCompiler();
  return (conditions) => {
    const compiled = conditions.map(({ expression }) => compiler.compile(expression, 'boolean', { hasParams: false, hasAuthorizer: true }));
    return ({ object, oldObject, attributes, matched }) =>
      conditionResults(
        compiled,
        { attributes, matched, versioned: { kind: matched.kind, object, oldObject }, params: undefined, namespace: undefined, authorizer },
        none,
      );
  };
}
