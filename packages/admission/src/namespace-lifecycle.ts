/** NamespaceLifecycle: nothing is made in a namespace that is missing or going (k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle). */
import { forbidden, type KubeObject, notFound, StatusError } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from './admission.js';

export interface NamespaceLifecycleOptions {
  /** Reads a namespace as it is now; undefined when there is none. */
  readonly namespaces: (name: string) => KubeObject | undefined | Promise<KubeObject | undefined>;
  /** Namespaces that nobody may delete. Default: default, kube-system, kube-public. */
  readonly immortal?: readonly string[];
}

const namespaceResource = { group: '', resource: 'namespaces' };
// A namespace that is being emptied must still be able to say who may do what in it.
const accessReviews = new Set(['localsubjectaccessreviews']);

const isNamespace = ({ resource }: Attributes): boolean => resource.group === '' && resource.resource === 'namespaces';

/** Refuses deletions of immortal namespaces, writes into namespaces that do not exist, and creations in namespaces that are being deleted. */
export function namespaceLifecycle({ namespaces, immortal = ['default', 'kube-system', 'kube-public'] }: NamespaceLifecycleOptions): AdmissionPlugin {
  const judge = (attributes: Attributes, namespace: KubeObject | undefined): void => {
    if (namespace === undefined) throw notFound(namespaceResource, attributes.namespace);
    if (attributes.operation !== 'CREATE') return;
    if ((namespace.status as { phase?: string } | undefined)?.phase !== 'Terminating') return;
    throw terminating(attributes, namespace);
  };
  return {
    name: 'NamespaceLifecycle',
    handles: (operation) => operation !== 'CONNECT',
    admit(attributes) {
      if (attributes.operation === 'DELETE' && isNamespace(attributes) && immortal.includes(attributes.name)) {
        throw forbidden(attributes.resource, attributes.name, 'this namespace may not be deleted');
      }
      // Deletions always help a namespace to go.
      if (attributes.operation === 'DELETE' || attributes.namespace === '' || isNamespace(attributes)) return;
      if (accessReviews.has(attributes.resource.resource) && attributes.resource.group === 'authorization.k8s.io') return;
      const found = namespaces(attributes.namespace);
      if (found instanceof Promise) return found.then((namespace) => judge(attributes, namespace));
      judge(attributes, found);
    },
  };
}

/** 403 with the cause by which clients know that it is no use to try again. */
function terminating(attributes: Attributes, namespace: KubeObject): StatusError {
  const name = namespace.metadata.name ?? '';
  const { code, reason, message, status } = forbidden(
    attributes.resource,
    attributes.name,
    `unable to create new content in namespace ${name} because it is being terminated`,
  );
  const cause = { reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' };
  return new StatusError({ code, reason, message, details: { ...status.details, causes: [cause] } });
}
