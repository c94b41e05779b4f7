/** CEL in the kinds of admissionregistration.k8s.io. What compiles it is large, and brought along by who serves these kinds: see `./cel.js`. */
import { type FieldError, invalidValue, type JsonObject } from '@apiserver-kit/machinery';

/** What an expression may use, and what must come of it. */
export interface ExpressionUse {
  readonly result: 'boolean' | 'string' | 'stringOrNull' | 'any' | 'jsonPatch' | 'applyConfiguration';
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** The policy's variables that it may use, each with `name` and `expression`. Undefined where there are none to be. */
  readonly variables?: readonly JsonObject[];
}

/** Says what is wrong with an expression; undefined for nothing. */
export type ExpressionCheck = (expression: string, use: ExpressionUse) => string | undefined;

let check: ExpressionCheck = () => undefined;

/** Brings the compiler along. Until then all expressions pass. */
export const provideExpressionCheck = (provided: ExpressionCheck): void => {
  check = provided;
};

/**
 * What is wrong with an expression.
 * @param shown how the field is shown, where it is not what is compiled.
 */
export function expressionErrors(expression: string, path: string, use: ExpressionUse, shown = expression): FieldError[] {
  const error = check(expression, use);
  return error === undefined ? [] : [invalidValue(path, shown, error)];
}
