/** CEL before a call: whether a webhook is to be asked at all (k8s.io/apiserver/pkg/authorization/cel). */
import { aggregateError, child, duplicate, type FieldError, index, invalidValue, type JsonObject, required, tooMany } from '@apiserver-kit/machinery';
import type { SubjectAccessReviewSpec } from '../reviews/spec.js';

/** A condition, compiled. @throws Error when it cannot be evaluated. */
export type MatchCondition = (request: JsonObject) => boolean;

/**
 * Compiles an expression over `request`, a SubjectAccessReviewSpec.
 * @throws Error whose message says why it is none that evaluates to a boolean: `compilation failed: …`, `must evaluate to bool but got …`.
 */
export type MatchConditionCompiler = (expression: string) => MatchCondition;

/** Stands where there is no CEL. */
export const noMatchConditions: MatchConditionCompiler = () => {
  throw new Error('compilation failed: there is no CEL evaluator');
};

/** A condition with what messages say of it. */
export interface CompiledCondition {
  readonly expression: string;
  readonly evaluate: MatchCondition;
}

const maxConditions = 64;

/** Compiles all, and finds what is wrong with them. */
export function compileConditions(
  expressions: readonly string[],
  compile: MatchConditionCompiler,
  field = '',
): { conditions: CompiledCondition[]; errors: FieldError[] } {
  const list = child(field, 'matchConditions');
  if (expressions.length > maxConditions) return { conditions: [], errors: [tooMany(list, expressions.length, maxConditions)] };
  const conditions: CompiledCondition[] = [];
  const errors: FieldError[] = [];
  for (const [at, expression] of expressions.entries()) {
    const place = child(index(list, at), 'expression');
    if (expression.trim() === '') errors.push(required(place));
    else if (expressions.indexOf(expression) < at) errors.push(duplicate(place, expression));
    else {
      try {
        conditions.push({ expression, evaluate: compile(expression) });
      } catch (error) {
        errors.push(invalidValue(place, expression, (error as Error).message));
      }
    }
  }
  return { conditions, errors };
}

/**
 * Whether all hold. One that is false is enough to say no, whatever went wrong with others.
 * @throws Error when none is false, and some cannot be told.
 */
export function conditionsMatch(conditions: readonly CompiledCondition[], spec: SubjectAccessReviewSpec): boolean {
  if (conditions.length === 0) return true;
  const request = conditionInput(spec);
  const errors: Error[] = [];
  for (const { expression, evaluate } of conditions) {
    try {
      if (!evaluate(request)) return false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      errors.push(new Error(`cel evaluation error: expression '${expression}' resulted in error: ${why}`, { cause: error }));
    }
  }
  if (errors.length > 0) throw aggregateError(errors);
  return true;
}

/** Texts are there for expressions even where they are empty. */
function conditionInput({ resourceAttributes, nonResourceAttributes, user = '', groups, uid = '', extra }: SubjectAccessReviewSpec): JsonObject {
  const { namespace = '', verb = '', group = '', version = '', resource = '', subresource = '', name = '' } = resourceAttributes ?? {};
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  const resourcePart = {
    namespace,
    verb,
    group,
    version,
    resource,
    subresource,
    name,
    ...(fieldSelector && { fieldSelector }),
    ...(labelSelector && { labelSelector }),
  };
  const { path = '', verb: method = '' } = nonResourceAttributes ?? {};
  return {
    user,
    groups: groups ?? [],
    uid,
    extra: extra ?? {},
    ...(resourceAttributes && { resourceAttributes: resourcePart }),
    ...(nonResourceAttributes && { nonResourceAttributes: { verb: method, path } }),
  };
}
