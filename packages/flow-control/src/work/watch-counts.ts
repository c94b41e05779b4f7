/** How many watchers a write concerns (k8s.io/apiserver/pkg/util/flowcontrol/watch_tracker.go). */
import { parseFieldSelector } from '@apiserver-kit/machinery';
import type { RequestInfo } from '@apiserver-kit/pipeline';

/** Watches of pods by node do not count: an event visits those of one node only. */
const indexedFields: Readonly<Record<string, string>> = { pods: 'spec.nodeName' };

const keyOf = ({ apiGroup, resource }: RequestInfo, namespace: string, name: string): string => `${apiGroup}/${resource}/${namespace}/${name}`;

function isIndexed({ resource, fieldSelector }: RequestInfo): boolean {
  const field = indexedFields[resource];
  if (field === undefined || fieldSelector === '') return false;
  try {
    return (parseFieldSelector(fieldSelector).requiresExactMatch(field) ?? '') !== '';
  } catch {
    return false;
  }
}

/** Counts watches by what they watch. */
export class WatchCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one more. @returns what takes it away again; once, however often it is called. */
  add(info: RequestInfo): () => void {
    if (isIndexed(info)) return () => {};
    const key = keyOf(info, info.namespace, info.name);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    let isCounted = true;
    return () => {
      if (!isCounted) return;
      isCounted = false;
      const left = this.#counts.get(key)! - 1;
      if (left === 0) this.#counts.delete(key);
      else this.#counts.set(key, left);
    };
  }

  /** The watches of all, of the namespace, and of the object that a request is for. */
  concernedBy(info: RequestInfo): number {
    const { namespace, name } = info;
    const count = (of: string, named: string): number => this.#counts.get(keyOf(info, of, named)) ?? 0;
    return count('', '') + (namespace === '' ? 0 : count(namespace, '')) + (name === '' ? 0 : count(namespace, name));
  }
}
