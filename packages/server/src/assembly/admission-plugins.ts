/** The built-in admission plugins, as a server sets them up. */
import { type AdmissionPlugin, namespaceLifecycle, type NamespaceReader } from '@apiserver-kit/admission';
import {
  alwaysAdmit,
  alwaysDeny,
  alwaysPullImages,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  type ClassReader,
  defaultIngressClass,
  defaultStorageClass,
  defaultTolerationSeconds,
  denyServiceExternalIPs,
  extendedResourceToleration,
  limitPodHardAntiAffinityTopology,
  type LimitRangeReader,
  type MayUser,
  limitRanger,
  namespaceAutoProvision,
  namespaceExists,
  type OwnerReferencesOptions,
  ownerReferencesPermissionEnforcement,
  type PodSecurityOptions,
  podSecurity,
  priority,
  type ServiceAccountPluginOptions,
  serviceAccount,
  taintNodesByCondition,
} from '@apiserver-kit/admission/plugins';
import { ask, type Authorizer } from '@apiserver-kit/authz';
import type { Clock } from '@apiserver-kit/machinery';
import type { ApiRegistry } from '@apiserver-kit/rest';

export interface PluginParts {
  readonly namespaces: NamespaceReader;
  readonly limitRanges: LimitRangeReader;
  readonly storageClasses: ClassReader;
  readonly ingressClasses: ClassReader;
  readonly priorityClasses: ClassReader;
  readonly pods: PodSecurityOptions['pods'];
  readonly accounts: ServiceAccountPluginOptions['accounts'];
  /** Whether somebody issues tokens of service accounts. */
  readonly hasTokens: boolean;
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  readonly registry: ApiRegistry;
  /** Makes a namespace. */
  readonly createNamespace: (name: string) => Promise<unknown>;
}

const mayUser =
  (authorizer: Authorizer): MayUser =>
  async (user, { verb, namespace, group, version, resource, subresource, name }) => {
    const place = { namespace, apiGroup: group, apiVersion: version, resource, subresource, name };
    const { decision, reason, error } = await ask(authorizer, {
      user,
      verb,
      isResourceRequest: true,
      path: '',
      fieldSelector: '',
      labelSelector: '',
      ...place,
    });
    return { allowed: decision === 'allow', reason, ...(error && { error: error.message }) };
  };

const resourcesOf =
  (registry: ApiRegistry): OwnerReferencesOptions['resourcesOf'] =>
  ({ group, version, kind }) =>
    registry
      .groups()
      .filter(({ name }) => name === group)
      .flatMap(({ versions }) => versions.filter((one) => one.version === version).flatMap(({ resources }) => resources))
      .filter(({ description }) => description.kind === kind)
      .map(({ description: { resource, namespaced } }) => ({ group, version, resource, namespaced }));

type MakePlugin = (parts: PluginParts) => AdmissionPlugin;

/** In the order in which kube-apiserver runs them. Those that stand for what is configured come after these. */
const makers: readonly (readonly [name: string, make: MakePlugin])[] = [
  ['AlwaysAdmit', alwaysAdmit],
  ['NamespaceAutoProvision', ({ namespaces, createNamespace }) => namespaceAutoProvision({ namespaces, create: createNamespace })],
  ['NamespaceLifecycle', ({ namespaces }) => namespaceLifecycle({ namespaces })],
  ['NamespaceExists', ({ namespaces }) => namespaceExists(namespaces)],
  ['LimitPodHardAntiAffinityTopology', limitPodHardAntiAffinityTopology],
  ['LimitRanger', ({ limitRanges }) => limitRanger(limitRanges)],
  ['ServiceAccount', ({ accounts, hasTokens, clock }) => serviceAccount({ accounts, mountsTokens: hasTokens, clock })],
  ['TaintNodesByCondition', taintNodesByCondition],
  ['AlwaysPullImages', alwaysPullImages],
  ['PodSecurity', ({ namespaces, pods }) => podSecurity({ namespaces, ...(pods && { pods }) })],
  ['Priority', ({ priorityClasses }) => priority(priorityClasses)],
  ['DefaultTolerationSeconds', () => defaultTolerationSeconds()],
  ['ExtendedResourceToleration', extendedResourceToleration],
  ['DefaultStorageClass', ({ storageClasses }) => defaultStorageClass(storageClasses)],
  [
    'OwnerReferencesPermissionEnforcement',
    ({ authorizer, registry }) => ownerReferencesPermissionEnforcement({ mayUser: mayUser(authorizer), resourcesOf: resourcesOf(registry) }),
  ],
  ['CertificateApproval', ({ authorizer }) => certificateApproval(mayUser(authorizer))],
  ['CertificateSigning', ({ authorizer }) => certificateSigning(mayUser(authorizer))],
  ['CertificateSubjectRestriction', certificateSubjectRestriction],
  ['DefaultIngressClass', ({ ingressClasses }) => defaultIngressClass(ingressClasses)],
  ['DenyServiceExternalIPs', denyServiceExternalIPs],
];

/** Run unless they are disabled: of kube-apiserver's, those that need nothing which is not here. */
const usual = new Set([
  'NamespaceLifecycle',
  'LimitRanger',
  'TaintNodesByCondition',
  'PodSecurity',
  'Priority',
  'DefaultTolerationSeconds',
  'DefaultStorageClass',
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
]);

/** The plugins that run by default or are enabled, less those that are disabled. */
export const builtinPlugins = (parts: PluginParts, enabled: readonly string[], disabled: readonly string[]): AdmissionPlugin[] =>
  makers.filter(([name]) => (usual.has(name) || enabled.includes(name)) && !disabled.includes(name)).map(([, make]) => make(parts));

/** AlwaysDeny is the last of all. */
export const lastPlugins = (enabled: readonly string[]): AdmissionPlugin[] => (enabled.includes('AlwaysDeny') ? [alwaysDeny()] : []);
