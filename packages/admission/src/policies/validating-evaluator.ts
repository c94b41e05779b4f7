/** A ValidatingAdmissionPolicy, compiled, and what it says of a write (k8s.io/apiserver/pkg/admission/plugin/policy/validating/validator.go). */
import { type CompiledExpression, ExpressionCompiler } from './expressions.js';
import { judgeConditions } from '../webhooks/match-conditions.js';
import { byteLength } from '@apiserver-kit/machinery';
import { conditionResults } from './conditions.js';
import { BudgetExhausted, evaluationBudget, type EvaluationInput, Evaluator } from './evaluation.js';
import type { Policy, ValidatingPolicySpec, Validation } from './policy.js';

/** A refusal by one validation. */
export interface Denial {
  /** Which of the policy's validations. */
  readonly index: number;
  readonly message: string;
  /** Empty where an error refuses. */
  readonly reason: string;
}

/** An annotation for the audit event. */
export interface PolicyAnnotation {
  readonly key: string;
  readonly value: string;
}

export interface ValidationOutcome {
  readonly denials: readonly Denial[];
  readonly annotations: readonly PolicyAnnotation[];
  /** What went wrong with annotations: the policy fails by it. */
  readonly annotationErrors: readonly string[];
}

const nothing: ValidationOutcome = { denials: [], annotations: [], annotationErrors: [] };

export type ValidatingEvaluator = (input: EvaluationInput) => ValidationOutcome;

const maxMessageBytes = 5 * 1024;

/** A message made by an expression, if it is fit to be shown. */
function madeMessage(value: unknown): string {
  if (typeof value !== 'string') return '';
  const message = value.trim();
  return byteLength(message) > maxMessageBytes || message.includes('\n') ? '' : message;
}

const messageOf = ({ message = '', expression }: Validation, made: unknown): string =>
  madeMessage(made) || message.trim() || `failed expression: ${expression.trim()}`;

/** Compiles a policy. What does not compile fails when it is evaluated. */
export function validatingEvaluator({ spec }: Policy<ValidatingPolicySpec>): ValidatingEvaluator {
  const { validations = [], auditAnnotations = [], matchConditions = [], variables = [], paramKind, failurePolicy } = spec;
  const compiler = new ExpressionCompiler({ hasVariables: true });
  const [scope, messageScope] = [
    { hasParams: paramKind !== undefined, hasAuthorizer: true },
    { hasParams: paramKind !== undefined, hasAuthorizer: false },
  ];
  for (const { name, expression } of variables) compiler.define(name, expression, scope);
  const conditions = matchConditions.map(({ expression }) => compiler.compile(expression, 'boolean', scope));
  const checks = validations.map(({ expression }) => compiler.compile(expression, 'boolean', scope));
  const messages = validations.map(({ messageExpression }) => (messageExpression ? compiler.compile(messageExpression, 'string', messageScope) : undefined));
  const values = auditAnnotations.map(({ valueExpression }) => compiler.compile(valueExpression, 'stringOrNull', scope));
  const failed = (index: number, message: string): Denial[] => (failurePolicy === 'Ignore' ? [] : [{ index, message, reason: '' }]);

  const annotate = (input: EvaluationInput): Pick<ValidationOutcome, 'annotations' | 'annotationErrors'> => {
    const evaluator = new Evaluator({ ...input, authorizer: undefined }, compiler.variables, evaluationBudget);
    const annotations: PolicyAnnotation[] = [];
    const annotationErrors: string[] = [];
    values.forEach((expression, at) => {
      const { value, error } = evaluator.evaluate(expression);
      if (error !== undefined) {
        if (failurePolicy !== 'Ignore') annotationErrors.push(error);
      } else if (typeof value === 'string' && value.trim() !== '') annotations.push({ key: auditAnnotations[at]!.key, value: value.trim() });
    });
    return { annotations, annotationErrors };
  };

  const denialsOf = (input: EvaluationInput): Denial[] => {
    const evaluator = new Evaluator(input, compiler.variables, evaluationBudget);
    const results = checks.map((check) => evaluator.evaluate(check));
    const [made, messageError] = messagesOf(messages, input, compiler.variables, evaluator.budget);
    return results.flatMap(({ value, error }, index) => {
      if (error !== undefined) return failed(index, error);
      if (messageError !== undefined) return failed(index, `failed messageExpression: ${messageError}`);
      if (value === true) return [];
      const validation = validations[index]!;
      return [{ index, message: messageOf(validation, made[index]), reason: validation.reason ?? 'Invalid' }];
    });
  };

  return (input) => {
    if (conditions.length > 0) {
      const verdict = judgeConditions(conditionResults(conditions, input, compiler.variables), failurePolicy);
      if (verdict instanceof Error) return { ...nothing, denials: failed(0, verdict.message) };
      if (verdict === 'excluded') return nothing;
    }
    try {
      return { denials: denialsOf(input), ...annotate(input) };
    } catch (error) {
      if (error instanceof BudgetExhausted) return { ...nothing, denials: failed(0, error.message) };
      throw error;
    }
  };
}

/** What the expressions for messages give, within what is left of the budget, and why they could not be run. */
function messagesOf(
  expressions: readonly (CompiledExpression | undefined)[],
  input: EvaluationInput,
  variables: ReadonlyMap<string, CompiledExpression>,
  budget: number,
): [values: readonly unknown[], error: string | undefined] {
  if (expressions.every((expression) => expression === undefined)) return [[], undefined];
  const evaluator = new Evaluator({ ...input, authorizer: undefined }, variables, budget);
  try {
    return [expressions.map((expression) => (expression ? evaluator.evaluate(expression).value : undefined)), undefined];
  } catch (error) {
    if (error instanceof BudgetExhausted) return [[], error.message];
    throw error;
  }
}
