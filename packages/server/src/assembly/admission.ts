/** The admission chain of a server. */
import { type AdmissionChain, admissionChain, type AdmissionPlugin, type NamespaceReader } from '@apiserver-kit/admission';
import type { Authorizer } from '@apiserver-kit/authz';
import { type BuiltinStores, builtinResource } from '@apiserver-kit/builtin';
import { closable, type Controller } from '@apiserver-kit/controllers';
import type { Clock, KubeObject } from '@apiserver-kit/machinery';
import type { ApiRegistry, ResourceStore } from '@apiserver-kit/rest';
import { builtinPlugins, lastPlugins } from './admission-plugins.js';
import { followStore, objectsByNamespace } from './followed.js';
import { objectInterfaces } from './object-interfaces.js';
import { serverPolicies } from './policies.js';
import { serverWebhooks } from './webhooks.js';

export interface AdmissionParts {
  readonly stores: BuiltinStores;
  readonly registry: ApiRegistry;
  readonly authorizer: Authorizer;
  /** Makes a namespace, through the whole server. */
  readonly createNamespace: (name: string) => Promise<unknown>;
  /** Whether somebody issues tokens of service accounts. */
  readonly hasTokens: boolean;
  readonly clock: Clock;
  readonly uid: () => string;
}

export interface AdmissionOptions {
  /** Plugins to run besides those that run by default, by name. */
  readonly enabled?: readonly string[];
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

/** The plugins that run by default or are enabled, in the reference's order and less those that are disabled, then the assembler's own. */
export function serverAdmission(parts: AdmissionParts, { enabled = [], disabled = [], plugins = [] }: AdmissionOptions): ServerAdmission {
  const { stores, registry, clock } = parts;
  const storeOf = (of: string, kind: string): ResourceStore => stores.of(builtinResource({ group: of, version: 'v1', kind })!);
  const namespaces = namespaceReader(storeOf('', 'Namespace'));
  const limitRanges = objectsByNamespace();
  const [storageClasses, ingressClasses, priorityClasses] = [objectsByNamespace(), objectsByNamespace(), objectsByNamespace()];
  const interfaces = objectInterfaces(registry);
  const policies = serverPolicies({ ...parts, storeOf: (kind) => storeOf(group, kind), namespaces, interfaces });
  const webhooks = serverWebhooks({
    ...parts,
    mutating: storeOf(group, 'MutatingWebhookConfiguration'),
    validating: storeOf(group, 'ValidatingWebhookConfiguration'),
    services: storeOf('', 'Service'),
    namespaces,
    interfaces,
  });
  const followings = [
    ...policies.followings,
    ...webhooks.followings,
    followStore(storeOf('', 'LimitRange'), limitRanges, clock),
    followStore(storeOf('storage.k8s.io', 'StorageClass'), storageClasses, clock),
    followStore(storeOf('networking.k8s.io', 'IngressClass'), ingressClasses, clock),
    followStore(storeOf('scheduling.k8s.io', 'PriorityClass'), priorityClasses, clock),
  ];
  const readers = {
    namespaces,
    limitRanges: limitRanges.in,
    storageClasses: () => storageClasses.in(''),
    ingressClasses: () => ingressClasses.in(''),
    priorityClasses: () => priorityClasses.in(''),
    pods: podReader(storeOf('', 'Pod')),
    accounts: accountReader(storeOf('', 'ServiceAccount')),
  };
  const builtin = builtinPlugins({ ...parts, ...readers }, enabled, disabled);
  const [mutatingWebhooks, validatingWebhooks] = webhooks.plugins;
  const configured = [policies.mutating, mutatingWebhooks, policies.validating, validatingWebhooks].filter(({ name }) => !disabled.includes(name));
  return {
    chain: admissionChain([...builtin, ...configured, ...plugins, ...lastPlugins(enabled)]),
    ready: Promise.all(followings.map(({ ready }) => ready)),
    ...closable(async () => {
      for (const following of followings) following.close();
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

/** The pods of a namespace as they are now. */
const podReader =
  ({ cacher }: ResourceStore) =>
  async (namespace: string): Promise<readonly KubeObject[]> => {
    await cacher.fresh();
    return cacher.list({ namespace }).entries.map((entry) => entry.object());
  };

/** Service accounts as they are now. */
const accountReader =
  (store: ResourceStore) =>
  async (namespace: string, name: string): Promise<KubeObject | undefined> =>
    (await store.get(namespace, name))?.object();
