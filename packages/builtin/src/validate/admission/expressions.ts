/** CEL in the kinds of admissionregistration.k8s.io. */
import type { FieldError, JsonObject } from '@apiserver-kit/machinery';

/** What an expression may use, and what must come of it. */
export interface ExpressionUse {
  readonly result: 'boolean' | 'string' | 'stringOrNull' | 'any' | 'jsonPatch' | 'applyConfiguration';
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** The policy's variables that it may use, each with `name` and `expression`. */
  readonly variables?: readonly JsonObject[];
  /** The variable that it defines. */
  readonly defines?: string;
}

/**
 * What is wrong with an expression.
 * @param shown how the field is shown, where it is not what is compiled.
 */
export const expressionErrors = (_expression: string, _path: string, _use: ExpressionUse, _shown = _expression): FieldError[] => [];
