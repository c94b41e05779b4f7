/** What a PodDisruptionBudget allows of evictions, and that one was allowed (pkg/registry/core/pod/storage/eviction.go). */
import {
  cloneJson,
  forbidden,
  type JsonObject,
  type KubeObject,
  notFound,
  type Status,
  StatusError,
  timeoutError,
  timestamp,
  tooManyRequests,
} from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { numberAt, recordAt, recordsAt, textAt } from '../../types/read.js';

const maxDisruptedPods = 2000;
const maxAttempts = 20;
const budgets = { group: 'policy', resource: 'poddisruptionbudget' };

const statusOf = (budget: KubeObject): JsonObject => recordAt(budget as JsonObject, 'status');

/** A failure that says in its causes what the budget is about. */
function because(error: StatusError, message: string): StatusError {
  const { code, reason, message: text, details } = error.status as Required<Status>;
  return new StatusError({ code, reason, message: text, details: { ...details, causes: [{ reason: 'DisruptionBudget', message }] } });
}

const violation = "Cannot evict pod as it would violate the pod's disruption budget.";

/** 429: the budget has yet to take in what has happened. */
export const tooManyEvictions = (budget: string): StatusError =>
  because(tooManyRequests(violation, 10), `The disruption budget ${budget} is still being processed by the server.`);

/** Whether a pod that is not ready may go without being counted. */
export function isUnhealthyPodFree(budget: KubeObject): boolean {
  if (textAt(recordAt(budget as JsonObject, 'spec'), 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const status = statusOf(budget);
  const desired = numberAt(status, 'desiredHealthy');
  return desired > 0 && numberAt(status, 'currentHealthy') >= desired;
}

function noDisruptionsLeft(name: string, status: JsonObject): StatusError {
  const condition = recordsAt(status, 'conditions').find((one) => textAt(one, 'type') === 'DisruptionAllowed');
  const [reason, why] = [textAt(condition, 'reason'), textAt(condition, 'message')];
  const isRefusal = textAt(condition, 'status') === 'False' && why !== '';
  const [current, desired] = [numberAt(status, 'currentHealthy'), numberAt(status, 'desiredHealthy')];
  const subject = `The disruption budget ${name}`;
  let message = `${subject} does not allow evicting pods currently`;
  if (isRefusal && reason === 'SyncFailed') message = `${subject} does not allow evicting pods currently because it failed sync: ${why}`;
  else if (current <= desired) message = `${subject} needs ${desired} healthy pods and has ${current} currently`;
  else if (isRefusal) message = `${subject} does not allow evicting pods currently (${reason}): ${why}`;
  return because(tooManyRequests(violation, 0), message);
}

/** @throws StatusError where the budget does not allow one more disruption. */
function check({ metadata: { name = '', generation = 0 }, ...budget }: KubeObject): void {
  const status = statusOf(budget as KubeObject);
  if (numberAt(status, 'observedGeneration') < generation) throw tooManyEvictions(name);
  const allowed = numberAt(status, 'disruptionsAllowed');
  const refuse = (why: string, cause: string): StatusError =>
    because(forbidden(budgets, name, why), `The disruption budget ${name} does not allow evicting pods currently: ${cause}`);
  if (allowed < 0) throw refuse('pdb disruptions allowed is negative', 'pdb disruptions allowed is negative');
  if (Object.keys(recordAt(status, 'disruptedPods')).length > maxDisruptedPods) {
    throw refuse(
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
      'too many pending evictions not confirmed by PDB controller',
    );
  }
  if (allowed === 0) throw noDisruptionsLeft(name, status);
}

/** No disruption is left: the condition says so, if it was there. */
function insufficient(status: JsonObject, nowMs: number): JsonObject[] {
  const conditions = recordsAt(status, 'conditions');
  const observedGeneration = numberAt(status, 'observedGeneration');
  const type = 'DisruptionAllowed';
  const before = conditions.find((one) => textAt(one, 'type') === type);
  const lastTransitionTime = textAt(before, 'status') === 'False' ? before!.lastTransitionTime! : timestamp(nowMs);
  const next = { type, status: 'False', ...(observedGeneration > 0 && { observedGeneration }), lastTransitionTime, reason: 'InsufficientPods', message: '' };
  return before ? conditions.map((one) => (one === before ? next : one)) : [...conditions, next];
}

/** Takes one of the disruptions that a budget allows. @throws StatusError where there is none. */
export async function takeDisruption(
  store: ResourceStore,
  entry: Entry,
  { podName, nowMs, isDryRun }: { readonly podName: string; readonly nowMs: number; readonly isDryRun: boolean },
): Promise<void> {
  let current: Entry | undefined = entry;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    check(current.object());
    if (isDryRun) return;
    const budget = cloneJson(current.object());
    const status = statusOf(budget);
    const disruptionsAllowed = numberAt(status, 'disruptionsAllowed') - 1;
    const disruptedPods = { ...recordAt(status, 'disruptedPods'), [podName]: timestamp(nowMs) };
    const conditions = disruptionsAllowed === 0 ? { conditions: insufficient(status, nowMs) } : {};
    budget.status = { ...status, disruptedPods, disruptionsAllowed, ...conditions };
    if (await store.update(current, store.print(budget))) return;
    current = await store.get(entry.namespace, entry.name);
    if (!current) throw notFound({ group: 'policy', resource: 'poddisruptionbudgets' }, entry.name);
  }
  throw timeoutError(`couldn't update PodDisruptionBudget ${JSON.stringify(entry.name)} due to conflicts`, 10);
}
