/** What a namespace says of its deletion (pkg/controller/namespace/deletion/status_condition_utils.go). */
import { type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { Remaining } from './content.js';

export interface NamespaceCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

type Finding = Pick<NamespaceCondition, 'reason' | 'message'>;

/** What one pass over a namespace's content has found. */
export interface Findings {
  /** Why not all resources could be listed. */
  readonly discoveryErrors?: readonly Error[];
  /** Why not all content could be deleted: one for each resource. */
  readonly contentErrors: readonly Error[];
  readonly remaining: readonly Remaining[];
}

/** In the order in which they are added; each with what it says when all is well. */
const conditionTypes = {
  NamespaceDeletionDiscoveryFailure: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  NamespaceDeletionGroupVersionParsingFailure: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
  NamespaceDeletionContentFailure: { reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
  NamespaceContentRemaining: { reason: 'ContentRemoved', message: 'All content successfully removed' },
  NamespaceFinalizersRemaining: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
} as const satisfies Record<string, Finding>;

type ConditionType = keyof typeof conditionTypes;

/** The findings that are not well. */
function problems({ discoveryErrors = [], contentErrors, remaining }: Findings): Partial<Record<ConditionType, Finding>> {
  const found: Partial<Record<ConditionType, Finding>> = {};
  const [discoveryError] = discoveryErrors;
  if (discoveryError) found.NamespaceDeletionDiscoveryFailure = { reason: 'DiscoveryFailed', message: discoveryError.message };
  if (contentErrors.length > 0) {
    const messages = contentErrors.map(({ message }) => message).sort();
    found.NamespaceDeletionContentFailure = {
      reason: 'ContentDeletionFailed',
      message: `Failed to delete all resource types, ${messages.length} remaining: ${messages.join(', ')}`,
    };
  }
  const resources = remaining.map(({ resource: { group, resource }, count }) => `${resource}.${group} has ${count} resource instances`).sort();
  if (resources.length > 0) {
    found.NamespaceContentRemaining = { reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${resources.join(', ')}` };
  }
  const finalizers = [...finalizerCounts(remaining)].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  if (finalizers.length > 0) {
    found.NamespaceFinalizersRemaining = {
      reason: 'SomeFinalizersRemain',
      message: `Some content in the namespace has finalizers remaining: ${finalizers.join(', ')}`,
    };
  }
  return found;
}

function finalizerCounts(remaining: readonly Remaining[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { finalizers } of remaining) for (const [finalizer, count] of finalizers) counts.set(finalizer, (counts.get(finalizer) ?? 0) + count);
  return counts;
}

/** A namespace with its conditions brought up to what was found; undefined where they say so already. */
export function withConditions(namespace: KubeObject, findings: Findings, nowMs: number): KubeObject | undefined {
  const status = (namespace.status ?? {}) as { readonly conditions?: readonly NamespaceCondition[] };
  const conditions = [...(status.conditions ?? [])];
  const found = problems(findings);
  let hasChanged = false;
  for (const type of Object.keys(conditionTypes) as ConditionType[]) {
    const problem = found[type];
    const wanted = { status: problem ? 'True' : 'False', ...(problem ?? conditionTypes[type]) } as const;
    const at = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[at];
    if (old !== undefined && old.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message) continue;
    hasChanged = true;
    const lastTransitionTime = old?.status === wanted.status ? old.lastTransitionTime : timestamp(nowMs);
    const condition = { ...old, type, ...wanted, lastTransitionTime };
    if (old === undefined) conditions.push(condition);
    else conditions[at] = condition;
  }
  return hasChanged ? { ...namespace, status: { ...status, conditions } } : undefined;
}
