/** `allOf`, `anyOf`, `oneOf` and `not`: which clauses hold, and what is told when they do not (kube-openapi/pkg/validation/validate/schema_props.go). */
import { Findings } from './findings.js';
import { isNot, noneOfAny, notAllOf, notOneOf } from './sentences.js';

/** What a value is judged by under a junctor. What stands below one is never let pass for being unchanged. */
export interface Clause {
  validate(value: unknown, path: string, findings: Findings): void;
}

/** The clauses of a node; `not` has one at most. */
export type Junctors = { readonly [Name in 'allOf' | 'anyOf' | 'oneOf' | 'not']: readonly Clause[] };

/** Adds what the clauses find wrong. Of the clauses of `anyOf` and `oneOf` the one is told that got furthest. */
export function checkJunctors({ allOf, anyOf, oneOf, not }: Junctors, value: unknown, path: string, findings: Findings): void {
  if (anyOf.length > 0) checkAnyOf(anyOf, value, path, findings);
  if (oneOf.length > 0) checkOneOf(oneOf, value, path, findings);
  if (allOf.length > 0) checkAllOf(allOf, value, path, findings);
  for (const clause of not) if (findingsOf(clause, value, path, findings).count === 0) findings.add(isNot(path));
}

function findingsOf(node: Clause, value: unknown, path: string, { isQuiet }: Findings): Findings {
  const findings = new Findings({ isQuiet });
  node.validate(value, path, findings);
  return findings;
}

function checkAnyOf(clauses: readonly Clause[], value: unknown, path: string, findings: Findings): void {
  let best: Findings | undefined;
  for (const clause of clauses) {
    const result = findingsOf(clause, value, path, findings);
    if (result.count === 0) {
      findings.merge(result);
      return;
    }
    if (best === undefined || result.checks > best.checks) best = result;
  }
  findings.add(noneOfAny(path));
  if (best) findings.merge(best);
}

function checkOneOf(clauses: readonly Clause[], value: unknown, path: string, findings: Findings): void {
  let best: Findings | undefined;
  let success: Findings | undefined;
  let valid = 0;
  for (const clause of clauses) {
    const result = findingsOf(clause, value, path, findings);
    if (result.count === 0) {
      valid++;
      success ??= result;
    } else if (best === undefined || result.checks > best.checks) best = result;
  }
  if (valid === 1) {
    findings.merge(success!);
    return;
  }
  findings.add(notOneOf(path, valid));
  if (valid === 0 && best) findings.merge(best);
}

function checkAllOf(clauses: readonly Clause[], value: unknown, path: string, findings: Findings): void {
  let valid = 0;
  for (const clause of clauses) {
    const result = findingsOf(clause, value, path, findings);
    if (result.count === 0) valid++;
    findings.merge(result);
  }
  if (valid !== clauses.length) findings.add(notAllOf(path, valid));
}
