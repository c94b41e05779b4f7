/** What is special about deletions of PriorityClasses (pkg/registry/scheduling/priorityclass/storage). */
import { forbidden, type KubeObject } from '@apiserver-kit/machinery';

const systemClasses = new Set(['system-node-critical', 'system-cluster-critical']);

/** Those that the system needs stay. @throws StatusError Forbidden. */
export function keepSystemClasses({ metadata: { name = '' } }: KubeObject): void {
  if (systemClasses.has(name))
    throw forbidden({ group: 'scheduling.k8s.io', resource: 'priorityclasses' }, name, 'this is a system priority class and cannot be deleted');
}
