/** Which namespaces and which objects a configuration means (k8s.io/apiserver/pkg/admission/plugin/webhook/predicates). */
import { internalError, type KubeObject, type LabelSelector, notFound } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';

/** Reads a namespace as it is now; undefined when there is none. */
export type NamespaceReader = (name: string) => KubeObject | undefined | Promise<KubeObject | undefined>;

const noLabels = {};
const labelsOf = (object: KubeObject): Readonly<Record<string, string>> => object.metadata.labels ?? noLabels;

/** Whether the object, or what it replaces, has such labels. A selector that is empty takes requests without objects too. */
export function objectSelected(selector: LabelSelector, { object, oldObject }: Pick<Attributes, 'object' | 'oldObject'>): boolean {
  if (selector.isEmpty) return true;
  return (object !== undefined && selector.matches(labelsOf(object))) || (oldObject !== undefined && selector.matches(labelsOf(oldObject)));
}

/**
 * Whether the namespace of a request has such labels; where the request is for a namespace, that one. Cluster-scoped objects are never left out.
 * @throws StatusError NotFound when there is no such namespace, InternalError when it cannot be read.
 */
export function namespaceSelected(selector: LabelSelector, attributes: Attributes, namespaces: NamespaceReader): boolean | Promise<boolean> {
  const { namespace, resource, subresource, operation, object } = attributes;
  const isNamespace = resource.resource === 'namespaces';
  if ((namespace === '' && !isNamespace) || selector.isEmpty) return true;
  // The namespace is not yet, or no longer, what the reader knows.
  if (isNamespace && subresource === '' && operation !== 'DELETE' && object) return selector.matches(labelsOf(object));
  const judge = (found: KubeObject | undefined): boolean => {
    if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace);
    return selector.matches(labelsOf(found));
  };
  const found = namespaces(namespace);
  if (!(found instanceof Promise)) return judge(found);
  return found.then(judge, (error: Error) => {
    throw internalError(error.message, { cause: error });
  });
}
