/** The admission chain of a server. */
import { type AdmissionChain, admissionChain, type AdmissionPlugin, namespaceLifecycle, type NamespaceReader } from '@apiserver-kit/admission';
import { type BuiltinStores, builtinResource } from '@apiserver-kit/builtin';
import { closable, type Controller } from '@apiserver-kit/controllers';
import type { Clock } from '@apiserver-kit/machinery';
import type { ApiRegistry, ResourceStore } from '@apiserver-kit/rest';
import { objectInterfaces } from './object-interfaces.js';
import { serverWebhooks } from './webhooks.js';

export interface AdmissionParts {
  readonly stores: BuiltinStores;
  readonly registry: ApiRegistry;
  readonly clock: Clock;
  readonly uid: () => string;
}

export interface AdmissionOptions {
  /** Plugins that run by default and are not to, by name. */
  readonly disabled?: readonly string[];
  /** Plugins of the assembler's own: after the standard ones. */
  readonly plugins?: readonly AdmissionPlugin[];
}

/** The chain, and what keeps it up to date. */
export interface ServerAdmission extends Controller {
  readonly chain: AdmissionChain;
  /** Settled when all that is configured is known. */
  readonly ready: Promise<unknown>;
}

const group = 'admissionregistration.k8s.io';

/** The plugins that run by default, in the reference's order and less those that are disabled, then the assembler's own. */
export function serverAdmission({ stores, registry, clock, uid }: AdmissionParts, { disabled = [], plugins = [] }: AdmissionOptions): ServerAdmission {
  const storeOf = (of: string, kind: string): ResourceStore => stores.of(builtinResource({ group: of, version: 'v1', kind })!);
  const namespaces = namespaceReader(storeOf('', 'Namespace'));
  const webhooks = serverWebhooks({
    mutating: storeOf(group, 'MutatingWebhookConfiguration'),
    validating: storeOf(group, 'ValidatingWebhookConfiguration'),
    services: storeOf('', 'Service'),
    namespaces,
    interfaces: objectInterfaces(registry),
    clock,
    uid,
  });
  const standard = [namespaceLifecycle({ namespaces }), ...webhooks.plugins];
  return {
    chain: admissionChain([...standard.filter(({ name }) => !disabled.includes(name)), ...plugins]),
    ready: Promise.all(webhooks.followings.map(({ ready }) => ready)),
    ...closable(async () => {
      for (const following of webhooks.followings) following.close();
      await webhooks.close();
    }),
  };
}

/** Namespaces as they are now. */
const namespaceReader =
  (store: ResourceStore): NamespaceReader =>
  (name) => {
    const entry = store.get('', name);
    return entry instanceof Promise ? entry.then((found) => found?.object()) : entry?.object();
  };
