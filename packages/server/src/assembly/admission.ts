/** The admission chain of a server. */
import { type AdmissionChain, admissionChain, type AdmissionPlugin, namespaceLifecycle } from '@apiserver-kit/admission';
import type { ResourceStore } from '@apiserver-kit/rest';

export interface AdmissionOptions {
  /** Plugins that run by default and are not to, by name. */
  readonly disabled?: readonly string[];
  /** Plugins of the assembler's own: after the standard ones. */
  readonly plugins?: readonly AdmissionPlugin[];
}

/** The plugins that run by default, less those that are disabled, then the assembler's own. */
export function serverAdmission(namespaces: ResourceStore, { disabled = [], plugins = [] }: AdmissionOptions): AdmissionChain {
  const standard = [
    namespaceLifecycle({
      namespaces: (name) => {
        const entry = namespaces.get('', name);
        return entry instanceof Promise ? entry.then((found) => found?.object()) : entry?.object();
      },
    }),
  ];
  return admissionChain([...standard.filter(({ name }) => !disabled.includes(name)), ...plugins]);
}
