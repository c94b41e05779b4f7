/** Plugins that see to it that there is a namespace (plugin/pkg/admission/namespace). */
import { isReason, notFound } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import type { NamespaceReader } from '../matching/selectors.js';
import { forbid } from './forbid.js';

const concernsNamespace = ({ namespace, kind }: Attributes): boolean => namespace !== '' && !(kind.group === '' && kind.kind === 'Namespace');

/** NamespaceExists: nothing happens in a namespace that is not there. */
export function namespaceExists(namespaces: NamespaceReader): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: (operation) => operation !== 'CONNECT',
    validate(attributes) {
      if (!concernsNamespace(attributes)) return;
      const judge = (found: unknown): void => {
        if (!found) throw notFound({ group: '', resource: 'namespaces' }, attributes.namespace);
      };
      const found = namespaces(attributes.namespace);
      return found instanceof Promise ? found.then(judge) : judge(found);
    },
  };
}

export interface NamespaceAutoProvisionOptions {
  readonly namespaces: NamespaceReader;
  /** Makes a namespace. @throws StatusError AlreadyExists, and others. */
  readonly create: (name: string) => Promise<unknown>;
}

/** NamespaceAutoProvision: what is created in a namespace that is not there finds it made. */
export function namespaceAutoProvision({ namespaces, create }: NamespaceAutoProvisionOptions): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    handles: (operation) => operation === 'CREATE',
    async admit(attributes) {
      if (attributes.isDryRun || !concernsNamespace(attributes) || (await namespaces(attributes.namespace))) return;
      try {
        await create(attributes.namespace);
      } catch (error) {
        if (!isReason(error, 'AlreadyExists')) throw forbid(attributes, (error as Error).message);
      }
    },
  };
}
