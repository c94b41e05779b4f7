/** Expressions that say whether a webhook or a policy is asked at all. */
import { child, duplicate, type FieldError, index, type JsonObject, qualifiedName, required, tooMany } from '@apiserver-kit/machinery';
import { recordsAt, textAt } from '../../types/read.js';
import { invalidEach } from '../rules.js';
import { expressionErrors, type ExpressionUse } from './expressions.js';

const maxConditions = 64;

function condition(value: JsonObject, path: string, use: ExpressionUse): FieldError[] {
  const [name, expression] = [textAt(value, 'name'), textAt(value, 'expression').trim()];
  return [
    ...(expression === '' ? [required(child(path, 'expression'))] : expressionErrors(expression, child(path, 'expression'), use)),
    ...(name === '' ? [required(child(path, 'name'))] : invalidEach(qualifiedName(name), child(path, 'name'), name)),
  ];
}

/** @param holder what has `matchConditions`. */
export function matchConditions(holder: JsonObject, holderPath: string, use: ExpressionUse): FieldError[] {
  const path = child(holderPath, 'matchConditions');
  const conditions = recordsAt(holder, 'matchConditions');
  const names = new Set<string>();
  return [
    ...(conditions.length > maxConditions ? [tooMany(path, conditions.length, maxConditions)] : []),
    ...conditions.flatMap((value, at) => {
      const name = textAt(value, 'name');
      const isAgain = name !== '' && names.has(name);
      names.add(name);
      return [...condition(value, index(path, at), use), ...(isAgain ? [duplicate(child(index(path, at), 'name'), name)] : [])];
    }),
  ];
}
