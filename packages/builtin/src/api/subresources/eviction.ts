/** `pods/eviction`: a pod is deleted, if its disruption budget allows that (pkg/registry/core/pod/storage/eviction.go). */
import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  isReason,
  jsonEqual,
  type JsonObject,
  type KubeObject,
  labelSelectorFrom,
  type LabelSelectorObject,
  SelectorError,
  unknownError,
} from '@apiserver-kit/machinery';
import type { ActionCall, GivenDeleteOptions, ResourceStore, SubresourceAction } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { has, recordAt, recordsAt, textAt } from '../../types/read.js';
import { decoderOf } from '../codec.js';
import { success } from './binding.js';
import { setPodCondition } from './conditions.js';
import { isUnhealthyPodFree, takeDisruption, tooManyEvictions } from './disruption-budget.js';

export const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' } as const;

/** As often as the reference tries where others are faster. */
const maxAttempts = 20;

const phaseOf = (pod: KubeObject): string => textAt(recordAt(pod as JsonObject, 'status'), 'phase');
const isEnding = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(phaseOf(pod)) || Boolean(pod.metadata.deletionTimestamp);
/** What does not run is missed by nobody. */
const isFree = (pod: KubeObject): boolean => isEnding(pod) || phaseOf(pod) === 'Pending';
const isReady = (pod: KubeObject): boolean =>
  recordsAt(recordAt(pod as JsonObject, 'status'), 'conditions').some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True');

/** The options of the deletion: a trial where the request or the eviction says so. */
function deleteOptionsOf(eviction: KubeObject, { dryRun }: ActionCall): GivenDeleteOptions {
  const {
    kind: _,
    apiVersion: __,
    ...given
  } = recordAt(eviction as JsonObject, 'deleteOptions') as GivenDeleteOptions & { kind?: string; apiVersion?: string };
  if (!given.dryRun?.length) return dryRun.length > 0 ? { ...given, dryRun } : given;
  if (dryRun.length > 0 && !jsonEqual(given.dryRun, dryRun))
    throw unknownError(`Non-matching dry-run options in request and content: [${dryRun.join(' ')}] and [${given.dryRun.join(' ')}]`);
  return given;
}

const withVersion = (options: GivenDeleteOptions, resourceVersion: string | undefined): GivenDeleteOptions => ({
  ...options,
  preconditions: { ...options.preconditions, ...(resourceVersion !== undefined && { resourceVersion }) },
});

function checkPreconditions({ metadata: { uid = '', resourceVersion = '', name = '' } }: KubeObject, { preconditions = {} }: GivenDeleteOptions): void {
  const pod = { group: '', resource: 'Pod' };
  if (preconditions.uid && preconditions.uid !== uid) {
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(pod, name, why);
  }
  if (preconditions.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(pod, name, why);
  }
}

/** Says of the pod why it goes, and deletes it. */
async function markAndRemove(call: ActionCall, options: GivenDeleteOptions): Promise<void> {
  if (options.dryRun?.length) return call.remove(options);
  const marked = await call.change((pod) => {
    checkPreconditions(pod, options);
    setPodCondition(pod, { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }, call.nowMs);
  });
  await call.remove(options.preconditions?.resourceVersion === undefined ? options : withVersion(options, marked.metadata.resourceVersion));
}

/** Deletes a pod that no budget protects. Gives the pod, if it is not one of those. */
async function removeFree(call: ActionCall, options: GivenDeleteOptions): Promise<KubeObject | undefined> {
  const isBound = options.preconditions?.resourceVersion !== undefined;
  for (let attempt = 1; ; attempt++) {
    const pod = await call.current();
    if (!isFree(pod)) return pod;
    try {
      await markAndRemove(call, isEnding(pod) || isBound ? options : withVersion(options, pod.metadata.resourceVersion));
      return undefined;
    } catch (error) {
      if (isBound || !isReason(error, 'Conflict') || attempt === maxAttempts) throw error;
    }
  }
}

function selects(budget: KubeObject, { metadata: { labels = {} } }: KubeObject): boolean {
  try {
    return labelSelectorFrom(recordAt(budget as JsonObject, 'spec').selector as LabelSelectorObject | undefined).matches(labels);
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

async function budgetsOf(pod: KubeObject, budgets: ResourceStore): Promise<readonly Entry[]> {
  await budgets.cacher.fresh();
  return budgets.cacher.list({ namespace: pod.metadata.namespace! }).entries.filter((entry) => selects(entry.object(), pod));
}

const severalBudgets = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  code: 500,
} as unknown as KubeObject;

async function evict(pod: KubeObject, call: ActionCall, options: GivenDeleteOptions, store: ResourceStore): Promise<KubeObject> {
  const [budget, ...others] = await budgetsOf(pod, store);
  if (others.length > 0) return severalBudgets;
  const isUncounted = budget !== undefined && !isReady(pod) && isUnhealthyPodFree(budget.object());
  if (budget && !isUncounted) {
    await takeDisruption(store, budget, { podName: call.name, nowMs: call.nowMs, isDryRun: Boolean(options.dryRun?.length) });
  }
  try {
    await markAndRemove(call, isUncounted ? withVersion(options, pod.metadata.resourceVersion) : options);
  } catch (error) {
    // It may have become healthy meanwhile: then it counts.
    if (isUncounted && isReason(error, 'Conflict') && options.preconditions?.resourceVersion === undefined) throw tooManyEvictions(budget.name);
    throw error;
  }
  return success();
}

/** @param budgets where PodDisruptionBudgets are kept. */
export const evictionAction = (budgets: ResourceStore): SubresourceAction => ({
  decode: decoderOf(evictionKind),
  async run(eviction, call) {
    if (eviction.metadata.name !== call.name) throw badRequest('name in URL does not match name in Eviction object');
    const given = recordAt(eviction as JsonObject, 'deleteOptions');
    if (has(given, 'ignoreStoreReadErrorWithClusterBreakingPotential') && given.ignoreStoreReadErrorWithClusterBreakingPotential === true) {
      const field = 'deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential';
      throw invalid(evictionKind, call.name, [invalidValue(field, true, 'can not be set for pod eviction, try after removing the option')]);
    }
    const options = deleteOptionsOf(eviction, call);
    await call.validate(eviction);
    const pod = await removeFree(call, options);
    return pod ? evict(pod, call, options, budgets) : success();
  },
});
