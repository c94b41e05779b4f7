/** What the reference refuses of statuses that are written through the subresource: the rules that are met most. */
import { child, type FieldError, type GroupVersionKind, index, invalidValue, type JsonObject, qualifiedName } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { hpaToV2 } from '../types/autoscaler-versions.js';
import { typeOf } from '../types/type-data.js';
import { validateAutoscalerStatus } from './autoscalers.js';
import { validateDisruptionBudgetStatus } from './disruption-budgets.js';
import { validateIngressStatus } from './ingresses.js';
import { finalizerName } from './metadata.js';
import { validateQuotaStatus } from './quotas.js';
import { immutable, invalidEach, nonNegativeFields } from './rules.js';

/** Checks an object whose status replaces that of `old`. */
type Validator = (object: JsonObject, old: JsonObject) => FieldError[];

const path = 'status';
const statusOf = (object: JsonObject): JsonObject => recordAt(object, path);

interface ReplicaRules {
  /** Counts that may not be negative, in the reference's order. */
  readonly counts: readonly string[];
  /** Of these, those that may not exceed `replicas`. */
  readonly partsOfReplicas?: readonly string[];
  /** How the sentence about available replicas calls the ready ones. */
  readonly ready?: string;
}

/** How many there are of what a workload runs. */
const replicaCounts =
  ({ counts, partsOfReplicas = [], ready = 'readyReplicas' }: ReplicaRules): Validator =>
  (object) => {
    const status = statusOf(object);
    const errors = nonNegativeFields(status, path, ...counts);
    const exceeds = (field: string, limit: string, shown: string): void => {
      const value = numberAt(status, field);
      if (value > numberAt(status, limit)) errors.push(invalidValue(child(path, field), value, `cannot be greater than ${shown}`));
    };
    for (const field of partsOfReplicas) exceeds(field, 'replicas', 'status.replicas');
    if (partsOfReplicas.includes('availableReplicas')) exceeds('availableReplicas', 'readyReplicas', ready);
    return errors;
  };

/** A hash was given to revisions that are there: it may not be given again. */
const collisionCount: Validator = (object, old) => {
  const [value, before] = [numberAt(statusOf(object), 'collisionCount'), numberAt(statusOf(old), 'collisionCount')];
  return value < before ? [invalidValue(child(path, 'collisionCount'), value, 'cannot be decremented')] : [];
};

const all =
  (...validators: readonly Validator[]): Validator =>
  (object, old) =>
    validators.flatMap((validate) => validate(object, old));

const namespacePhase: Validator = (namespace) => {
  const isDeleted = has(recordAt(namespace, 'metadata'), 'deletionTimestamp');
  const phase = textAt(statusOf(namespace), 'phase');
  if (phase === (isDeleted ? 'Terminating' : 'Active')) return [];
  const why = isDeleted ? "may only be 'Terminating' if `deletionTimestamp` is not empty" : "may only be 'Active' if `deletionTimestamp` is empty";
  return [invalidValue('status.Phase', phase, why)];
};

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

const podConditions: Validator = (pod) =>
  recordsAt(statusOf(pod), 'conditions').flatMap((condition, at) => {
    const conditionPath = index('status.conditions', at);
    const [type, generation] = [textAt(condition, 'type'), numberAt(condition, 'observedGeneration')];
    return [
      ...(generation < 0 ? [invalidValue(child(conditionPath, 'observedGeneration'), generation, 'must be a non-negative integer')] : []),
      // The reference spells the field so.
      ...(systemConditions.has(type) ? [] : invalidEach(qualifiedName(type), child(conditionPath, 'Type'), type)),
    ];
  });

const podStatus: Validator = (pod, old) => [...podConditions(pod, old), ...immutable(statusOf(pod).qosClass, statusOf(old).qosClass, 'status.qosClass')];

/** By type. Kinds that are not here have nothing to check but their metadata. */
const validators: Readonly<Record<string, Validator>> = {
  'apps.v1.DaemonSet': all(
    replicaCounts({
      counts: [
        'currentNumberScheduled',
        'numberMisscheduled',
        'desiredNumberScheduled',
        'numberReady',
        'observedGeneration',
        'updatedNumberScheduled',
        'numberAvailable',
        'numberUnavailable',
        'collisionCount',
      ],
    }),
    collisionCount,
  ),
  'apps.v1.Deployment': all(
    replicaCounts({
      counts: [
        'observedGeneration',
        'replicas',
        'updatedReplicas',
        'readyReplicas',
        'availableReplicas',
        'unavailableReplicas',
        'terminatingReplicas',
        'collisionCount',
      ],
      partsOfReplicas: ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    }),
    collisionCount,
  ),
  'apps.v1.ReplicaSet': replicaCounts({
    counts: ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas'],
    partsOfReplicas: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
  }),
  'apps.v1.StatefulSet': all(
    replicaCounts({
      counts: ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount'],
      partsOfReplicas: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
      ready: 'status.readyReplicas',
    }),
    collisionCount,
  ),
  'autoscaling.v1.HorizontalPodAutoscaler': (object) => validateAutoscalerStatus(hpaToV2(object)),
  'autoscaling.v2.HorizontalPodAutoscaler': validateAutoscalerStatus,
  'batch.v1.Job': replicaCounts({ counts: ['active', 'succeeded', 'failed', 'ready', 'terminating'] }),
  'core.v1.Namespace': namespacePhase,
  'core.v1.Pod': podStatus,
  'core.v1.ReplicationController': replicaCounts({
    counts: ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'],
    partsOfReplicas: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
  }),
  'core.v1.ResourceQuota': validateQuotaStatus,
  'networking.v1.Ingress': validateIngressStatus,
  'policy.v1.PodDisruptionBudget': validateDisruptionBudgetStatus,
};

/** What is wrong with a status that replaces another, beyond the object's metadata. The object must fit its type. */
export const validateStatus = (gvk: GroupVersionKind, object: JsonObject, old: JsonObject): FieldError[] => validators[typeOf(gvk) ?? '']?.(object, old) ?? [];

/** What is wrong with a namespace that is written through `finalize`. */
export const validateFinalizers = (namespace: JsonObject): FieldError[] =>
  textsAt(recordAt(namespace, 'spec'), 'finalizers').flatMap((finalizer, at) => {
    const finalizerPath = index('spec.finalizers', at);
    return [...invalidEach(qualifiedName(finalizer), finalizerPath, finalizer), ...finalizerName(finalizer, finalizerPath)];
  });
