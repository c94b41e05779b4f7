/** What is special about deletions of pods. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { recordAt, textAt } from '../types/read.js';

/**
 * How long a pod has to end, in seconds: what is asked, or what its spec says. Nobody would end a pod that no node has, or that has ended.
 * @param asked by who deletes it; negative: as short as can be.
 */
export function podGracePeriodSeconds(pod: KubeObject, asked: number | undefined): number {
  const spec = recordAt(pod, 'spec');
  const phase = textAt(recordAt(pod, 'status'), 'phase');
  if (textAt(spec, 'nodeName') === '' || phase === 'Failed' || phase === 'Succeeded') return 0;
  const seconds = asked ?? Number(spec.terminationGracePeriodSeconds ?? 0);
  return seconds < 0 ? 1 : seconds;
}
