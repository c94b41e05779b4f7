/** What a stricter standard would say of the pods that are there. */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { PodView } from './check.js';
import { reasonText, violationsOf } from './evaluate.js';
import { type LevelVersion, levelText } from './policy.js';

const maxPods = 3000;

export const viewOf = ({ metadata, spec }: Partial<Pick<KubeObject, 'metadata' | 'spec'>>): PodView => ({
  annotations: metadata?.annotations ?? {},
  spec: spec as PodView['spec'],
});

/** One pod of each controller comes before the others of it: they are mostly alike. */
function prioritized(pods: readonly KubeObject[]): readonly KubeObject[] {
  const seen = new Set<string>();
  const later: KubeObject[] = [];
  const first = pods.filter((pod) => {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (owner === undefined) return true;
    if (seen.has(owner)) later.push(pod);
    else {
      seen.add(owner);
      return true;
    }
    return false;
  });
  return [...first, ...later];
}

const others = (count: number): string => (count === 0 ? '' : count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`);

/** The warnings that go with a change of a namespace's labels. */
export function existingPodWarnings(namespace: string, pods: readonly KubeObject[], enforce: LevelVersion): string[] {
  const all = prioritized(pods);
  const checked = all.slice(0, maxPods);
  const byReason = new Map<string, string[]>();
  for (const pod of checked) {
    const violations = violationsOf(enforce, viewOf(pod));
    if (violations.length === 0) continue;
    const reason = reasonText(violations);
    byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name ?? '']);
  }
  const warnings = [...byReason].map(([reason, names]) => `${names.sort()[0]}${others(names.length - 1)}: ${reason}`).sort();
  return [
    ...(checked.length < all.length ? [`new PodSecurity enforce level only checked against the first ${checked.length} of ${all.length} existing pods`] : []),
    ...(warnings.length > 0 ? [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(enforce)}"`] : []),
    ...warnings,
  ];
}
