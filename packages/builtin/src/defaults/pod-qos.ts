/** The quality of service of a pod, which follows from what its containers ask for and may use (k8s.io/component-helpers, qos). */
import type { JsonObject } from '@apiserver-kit/machinery';
import { recordAt, recordsAt } from '../types/read.js';

const computeResources = ['cpu', 'memory'] as const;
const isZero = (quantity: unknown): boolean => quantity === undefined || quantity === null || /^[+-]?0*\.?0*[a-zA-Z]*$/.test(String(quantity));

/** Of a spec that has its defaults. */
export function podQosClass(spec: JsonObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...recordsAt(spec, 'containers'), ...recordsAt(spec, 'initContainers')];
  let [asksForSomething, isGuaranteed] = [false, containers.length > 0];
  for (const container of containers) {
    const resources = recordAt(container, 'resources');
    const [limits, requests] = [recordAt(resources, 'limits'), recordAt(resources, 'requests')];
    for (const name of computeResources) {
      if (!isZero(requests[name]) || !isZero(limits[name])) asksForSomething = true;
      if (isZero(limits[name]) || requests[name] !== limits[name]) isGuaranteed = false;
    }
  }
  if (!asksForSomething) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
