/** CEL before a call: whether a webhook is to be asked at all (k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions). */
import type { JsonObject, KubeObject } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import type { MatchedResource } from '../matching/matched-resource.js';
import type { MatchCondition } from './configuration.js';

/** What expressions may know of a request. */
export interface ConditionInput {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  /** The member `request` of an AdmissionReview, without its objects. */
  readonly request: JsonObject;
  readonly attributes: Attributes;
  readonly matched: MatchedResource;
}

/** What came of one condition: a boolean, or what went wrong. */
export type ConditionResult = boolean | Error;

/** Conditions, compiled: a result each, in their order. */
export type CompiledConditions = (input: ConditionInput) => readonly ConditionResult[];

/** Compiles the conditions of a webhook: once. What does not compile fails when it is evaluated. */
export type ConditionCompiler = (conditions: readonly MatchCondition[]) => CompiledConditions;

/** Says of each condition that nobody can tell. */
export const noConditions: ConditionCompiler = (conditions) => () => conditions.map(() => new Error('no evaluator of expressions'));

export type ConditionVerdict = 'matches' | 'excluded' | Error;

/** Several errors as the reference prints them. */
const aggregate = (errors: readonly Error[]): Error => {
  const texts = [...new Set(errors.map(({ message }) => message))];
  return texts.length === 1 ? errors[0]! : new Error(`[${texts.join(', ')}]`);
};

/** One condition that is false is enough to exclude; an error counts as failurePolicy says. */
export function judgeConditions(results: readonly ConditionResult[], failurePolicy: string | undefined): ConditionVerdict {
  if (results.includes(false)) return 'excluded';
  const errors = results.filter((result): result is Error => result instanceof Error);
  if (errors.length === 0) return 'matches';
  return failurePolicy === 'Ignore' ? 'excluded' : aggregate(errors);
}
