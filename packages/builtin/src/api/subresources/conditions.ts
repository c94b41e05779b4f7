/** Conditions of pods, as the API itself sets them (pkg/api/pod/util.go). */
import { type JsonObject, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import { recordAt, recordsAt, textAt } from '../../types/read.js';

export interface PodCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** Sets a condition of a pod that is the caller's own, in place; the time of its last transition is kept where its status is. */
export function setPodCondition(pod: KubeObject, { type, status: wanted, ...why }: PodCondition, nowMs: number): void {
  const status = recordAt(pod as JsonObject, 'status');
  const conditions = [...recordsAt(status, 'conditions')];
  const at = conditions.findIndex((one) => textAt(one, 'type') === type);
  const before = conditions[at];
  const isKept = before !== undefined && textAt(before, 'status') === wanted;
  const lastTransitionTime = isKept ? (before.lastTransitionTime ?? null) : timestamp(nowMs);
  const next = { type, status: wanted, lastProbeTime: null, lastTransitionTime, ...why };
  if (before === undefined) conditions.push(next);
  else conditions[at] = next;
  pod.status = { ...status, conditions };
}
