/** Conditions of CustomResourceDefinitions (apiextensions-apiserver/pkg/apihelpers). */
import { timestamp } from '@apiserver-kit/machinery';
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '../validation/custom-resource-definition.js';

/** A condition as a controller finds it to be. */
export interface Finding {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export const findCondition = ({ status }: CustomResourceDefinition, type: string): CustomResourceDefinitionCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

/** Whether a condition says already what was found. */
export const says = (condition: CustomResourceDefinitionCondition | undefined, { status, reason, message }: Finding): boolean =>
  condition !== undefined && condition.status === status && (condition.reason ?? '') === reason && (condition.message ?? '') === message;

/** Conditions with what was found: in its place, or at the end. The time is that of the last change of its status. */
export function withFinding(
  conditions: readonly CustomResourceDefinitionCondition[] | null | undefined,
  { type, status, reason, message }: Finding,
  nowMs: number,
): CustomResourceDefinitionCondition[] {
  const before = conditions?.find((condition) => condition.type === type);
  const isUnchanged = before?.status === status && before.lastTransitionTime;
  const { observedGeneration } = before ?? {};
  const condition: CustomResourceDefinitionCondition = {
    type,
    status,
    lastTransitionTime: isUnchanged ? before.lastTransitionTime! : timestamp(nowMs),
    reason,
    message,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
  return before ? conditions!.map((one) => (one === before ? condition : one)) : [...(conditions ?? []), condition];
}

/** The definition with what was found among its conditions. */
export const withCondition = (crd: CustomResourceDefinition, finding: Finding, nowMs: number): CustomResourceDefinition => ({
  ...crd,
  status: { ...crd.status, conditions: withFinding(crd.status?.conditions, finding, nowMs) },
});
