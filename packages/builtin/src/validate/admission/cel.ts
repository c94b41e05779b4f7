/** Compiles the expressions of admissionregistration.k8s.io's kinds: loaded with the first request for one of them. */
import { ExpressionCompiler } from '@apiserver-kit/admission/policies';
import { compatibilityVersion } from '@apiserver-kit/cel';
import type { JsonObject } from '@apiserver-kit/machinery';
import { textAt } from '../../types/read.js';
import { type ExpressionUse, provideExpressionCheck } from './expressions.js';

// New expressions must be understood by the servers that this one may be rolled back to.
const plain = new ExpressionCompiler({ version: compatibilityVersion });
const composed = new WeakMap<readonly JsonObject[], ExpressionCompiler>();

/** Mutations always see `variables`, though there may be none. */
const isMutation = ({ result }: ExpressionUse): boolean => result === 'jsonPatch' || result === 'applyConfiguration';

function compilerOf(use: ExpressionUse): ExpressionCompiler {
  const { variables } = use;
  if (!variables || (variables.length === 0 && !isMutation(use) && use.result !== 'any')) return plain;
  let compiler = composed.get(variables);
  if (!compiler) {
    compiler = new ExpressionCompiler({ hasVariables: true, version: compatibilityVersion });
    for (const variable of variables)
      compiler.define(textAt(variable, 'name'), textAt(variable, 'expression'), { hasParams: use.hasParams, hasAuthorizer: true });
    composed.set(variables, compiler);
  }
  return compiler;
}

/** From now on expressions have to compile. */
export const checkExpressions = (): void =>
  provideExpressionCheck((expression, use) => {
    const { hasParams, hasAuthorizer, result } = use;
    return compilerOf(use).compile(expression, result, { hasParams, hasAuthorizer, hasPatchTypes: isMutation(use) }).error;
  });
