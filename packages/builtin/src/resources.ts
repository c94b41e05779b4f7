/** The built-in resources, a row each: what a server has to know to serve them (kube-apiserver v1.37: its discovery, storage layout and strategies). */
import { createHash } from 'node:crypto';
import { nameIsDNSLabel, nameIsDNSSubdomain, type NameRule, pathSegmentName } from '@apiserver-kit/machinery';
import { eventsV1FieldLabels, type FieldLabels, type SelectableFields, selectableFields } from './selectable-fields.js';

/** A subresource as discovery shows it. */
export interface BuiltinSubresource {
  readonly name: 'status' | 'scale' | 'finalize' | 'binding' | 'eviction' | 'token' | 'approval' | 'attach' | 'exec' | 'log' | 'portforward' | 'proxy';
  readonly verbs: readonly string[];
  /** Where the subresource's objects are of another kind. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** Where `scale` finds what it shows. Paths from the object's root. */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** Of a label selector, or, for ReplicationController, of a plain map of labels. */
  readonly selector: string;
}

export interface BuiltinResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly BuiltinSubresource[];
  /** Under which objects are stored, in kube-apiserver's layout: `/registry/minions`, then the namespace, if any, and the name. */
  readonly storagePath: string;
  /** The version objects are stored in, where it is not this one: both kinds of Event are stored as the core group's, autoscalers as autoscaling/v2. */
  readonly storedAs?: { readonly group: string; readonly version: string };
  /** The fields of which a change raises `metadata.generation`; empty where the kind keeps none. `metadata.generation` starts at 1 where there are any. */
  readonly generationFields: readonly string[];
  /** `reset`: what a create says of the status is dropped; `kept`: it stands (nodes: a kubelet registers itself with it); `none`: there is no status. */
  readonly statusOnCreate: 'reset' | 'kept' | 'none';
  readonly nameRule: NameRule;
  /** A PUT of what is not there creates it. */
  readonly allowsCreateOnUpdate: boolean;
  /** A PUT without a resourceVersion overwrites whatever is there. */
  readonly allowsUnconditionalUpdate: boolean;
  /** A finished DELETE answers with the object; otherwise with a Status. */
  readonly returnsDeletedObject: boolean;
  /** What becomes of dependents when a deletion does not say; undefined: they are deleted. */
  readonly garbageCollection?: 'orphanDependents' | 'unsupported';
  /** What field selectors can ask for, beyond `metadata.name` and, where namespaced, `metadata.namespace`. */
  readonly selectableFields: SelectableFields;
  /** The labels a client may use, each with the selectable field it stands for; undefined: each selectable field by its own name. */
  readonly fieldLabels?: FieldLabels;
  readonly scale?: ScalePaths;
  /** Said with each answer. */
  readonly deprecationWarning?: string;
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const status: BuiltinSubresource = { name: 'status', verbs: ['get', 'patch', 'update'] };
const scale: BuiltinSubresource = { name: 'scale', verbs: ['get', 'patch', 'update'], kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } };
const coreKind = (kind: string) => ({ group: '', version: 'v1', kind });
const proxy = (kind: string): BuiltinSubresource => ({ name: 'proxy', verbs: ['create', 'delete', 'get', 'patch', 'update'], kind: coreKind(kind) });
const stream = (name: 'attach' | 'exec' | 'portforward', kind: string): BuiltinSubresource => ({ name, verbs: ['create', 'get'], kind: coreKind(kind) });
const podSubresources: readonly BuiltinSubresource[] = [
  stream('attach', 'PodAttachOptions'),
  { name: 'binding', verbs: ['create'], kind: coreKind('Binding') },
  { name: 'eviction', verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
  stream('exec', 'PodExecOptions'),
  { name: 'log', verbs: ['get'] },
  stream('portforward', 'PodPortForwardOptions'),
  proxy('PodProxyOptions'),
  status,
];
const token: BuiltinSubresource = { name: 'token', verbs: ['create'], kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } };
const finalize: BuiltinSubresource = { name: 'finalize', verbs: ['update'] };
const scalePaths: ScalePaths = { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' };

type Choices = Partial<Omit<BuiltinResource, 'group' | 'kind' | 'plural'>>;

const singularOf = (kind: string): string => kind.toLowerCase();

function row(group: string, kind: string, plural: string, choices: Choices = {}): BuiltinResource {
  return {
    group,
    version: 'v1',
    kind,
    listKind: `${kind}List`,
    plural,
    singular: singularOf(kind),
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    subresources: [],
    storagePath: `/registry/${plural}`,
    generationFields: [],
    statusOnCreate: choices.subresources?.includes(status) ? 'reset' : 'none',
    nameRule: nameIsDNSSubdomain,
    allowsCreateOnUpdate: false,
    allowsUnconditionalUpdate: true,
    returnsDeletedObject: false,
    selectableFields: selectableFields[groupKindOf(group, kind)] ?? {},
    ...choices,
  };
}

const groupKindOf = (group: string, kind: string): string => (group === '' ? kind : `${kind}.${group}`);

const core = (kind: string, plural: string, choices?: Choices): BuiltinResource => row('', kind, plural, choices);
const apps = (kind: string, plural: string, choices?: Choices): BuiltinResource => row('apps', kind, plural, choices);
const batch = (kind: string, plural: string, choices?: Choices): BuiltinResource => row('batch', kind, plural, choices);
const rbac = (kind: string, plural: string, choices?: Choices): BuiltinResource =>
  row('rbac.authorization.k8s.io', kind, plural, { nameRule: pathSegmentName, allowsCreateOnUpdate: true, ...choices });

const networking = (kind: string, plural: string, choices?: Choices): BuiltinResource =>
  row('networking.k8s.io', kind, plural, { generationFields: ['spec'], ...choices });

const all = ['all'];

const autoscaler = (version: string, choices?: Choices): BuiltinResource =>
  row('autoscaling', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    version,
    shortNames: ['hpa'],
    categories: all,
    subresources: [status],
    generationFields: ['spec'],
    ...choices,
  });

const admission = (kind: string, plural: string, choices?: Choices): BuiltinResource =>
  row('admissionregistration.k8s.io', kind, plural, {
    namespaced: false,
    categories: ['api-extensions'],
    generationFields: ['spec'],
    nameRule: pathSegmentName,
    allowsUnconditionalUpdate: false,
    ...choices,
  });

/** In the order of discovery: by group, then by name. */
export const builtinResources: readonly BuiltinResource[] = [
  core('ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  core('Endpoints', 'endpoints', {
    shortNames: ['ep'],
    allowsCreateOnUpdate: true,
    storagePath: '/registry/services/endpoints',
    deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  }),
  core('Event', 'events', { shortNames: ['ev'], allowsCreateOnUpdate: true, garbageCollection: 'unsupported' }),
  core('LimitRange', 'limitranges', { shortNames: ['limits'], allowsCreateOnUpdate: true }),
  core('Namespace', 'namespaces', {
    namespaced: false,
    shortNames: ['ns'],
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    subresources: [finalize, status],
    nameRule: nameIsDNSLabel,
    returnsDeletedObject: true,
  }),
  core('Node', 'nodes', {
    namespaced: false,
    shortNames: ['no'],
    subresources: [proxy('NodeProxyOptions'), status],
    storagePath: '/registry/minions',
    statusOnCreate: 'kept',
  }),
  core('PersistentVolumeClaim', 'persistentvolumeclaims', { shortNames: ['pvc'], subresources: [status], returnsDeletedObject: true }),
  core('PersistentVolume', 'persistentvolumes', { namespaced: false, shortNames: ['pv'], subresources: [status], returnsDeletedObject: true }),
  core('Pod', 'pods', {
    shortNames: ['po'],
    categories: all,
    subresources: podSubresources,
    generationFields: ['spec'],
    returnsDeletedObject: true,
    // `spec.host` is the name of v1 beta clients.
    fieldLabels: {
      ...Object.fromEntries(Object.keys(selectableFields.Pod!).map((label) => [label, label])),
      'status.podIPs': 'status.podIPs',
      'spec.host': 'spec.nodeName',
    },
  }),
  core('PodTemplate', 'podtemplates', { generationFields: ['template'], returnsDeletedObject: true }),
  core('ReplicationController', 'replicationcontrollers', {
    shortNames: ['rc'],
    categories: all,
    subresources: [scale, status],
    storagePath: '/registry/controllers',
    generationFields: ['spec'],
    garbageCollection: 'orphanDependents',
    scale: scalePaths,
  }),
  core('ResourceQuota', 'resourcequotas', { shortNames: ['quota'], subresources: [status], returnsDeletedObject: true }),
  core('Secret', 'secrets'),
  core('ServiceAccount', 'serviceaccounts', { shortNames: ['sa'], subresources: [token], returnsDeletedObject: true }),
  core('Service', 'services', {
    shortNames: ['svc'],
    categories: all,
    subresources: [proxy('ServiceProxyOptions'), status],
    storagePath: '/registry/services/specs',
    allowsCreateOnUpdate: true,
    returnsDeletedObject: true,
    // No longer the stricter label that must start with a letter (KEP-5311).
    nameRule: nameIsDNSLabel,
  }),

  admission('MutatingAdmissionPolicy', 'mutatingadmissionpolicies'),
  admission('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings'),
  admission('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', { generationFields: ['webhooks'] }),
  admission('ValidatingAdmissionPolicy', 'validatingadmissionpolicies', { subresources: [status] }),
  admission('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'),
  admission('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', { generationFields: ['webhooks'] }),

  apps('ControllerRevision', 'controllerrevisions'),
  apps('DaemonSet', 'daemonsets', { shortNames: ['ds'], categories: all, subresources: [status], generationFields: ['spec'] }),
  apps('Deployment', 'deployments', {
    shortNames: ['deploy'],
    categories: all,
    subresources: [scale, status],
    // Annotations are copied to replica sets, so they count.
    generationFields: ['spec', 'metadata.annotations'],
    scale: scalePaths,
  }),
  apps('ReplicaSet', 'replicasets', { shortNames: ['rs'], categories: all, subresources: [scale, status], generationFields: ['spec'], scale: scalePaths }),
  apps('StatefulSet', 'statefulsets', {
    shortNames: ['sts'],
    categories: all,
    subresources: [scale, status],
    generationFields: ['spec'],
    nameRule: nameIsDNSLabel,
    scale: scalePaths,
  }),

  autoscaler('v1', { storedAs: { group: 'autoscaling', version: 'v2' } }),
  autoscaler('v2'),
  batch('CronJob', 'cronjobs', { shortNames: ['cj'], categories: all, subresources: [status], generationFields: ['spec'] }),
  batch('Job', 'jobs', { categories: all, subresources: [status], generationFields: ['spec'], garbageCollection: 'orphanDependents' }),

  row('certificates.k8s.io', 'CertificateSigningRequest', 'certificatesigningrequests', {
    namespaced: false,
    shortNames: ['csr'],
    subresources: [{ ...status, name: 'approval' }, status],
    // Their names are nobody's business.
    nameRule: () => [],
  }),
  row('coordination.k8s.io', 'Lease', 'leases', { allowsCreateOnUpdate: true, allowsUnconditionalUpdate: false }),

  row('discovery.k8s.io', 'EndpointSlice', 'endpointslices', { generationFields: ['addressType', 'endpoints', 'ports', 'metadata.labels'] }),
  row('events.k8s.io', 'Event', 'events', {
    shortNames: ['ev'],
    allowsCreateOnUpdate: true,
    garbageCollection: 'unsupported',
    storedAs: { group: '', version: 'v1' },
    selectableFields: selectableFields.Event!,
    fieldLabels: eventsV1FieldLabels,
  }),

  networking('IngressClass', 'ingressclasses', { namespaced: false }),
  // As it was called in the group that ingresses come from.
  networking('Ingress', 'ingresses', { shortNames: ['ing'], subresources: [status], storagePath: '/registry/ingress' }),
  networking('NetworkPolicy', 'networkpolicies', { shortNames: ['netpol'] }),
  row('node.k8s.io', 'RuntimeClass', 'runtimeclasses', { namespaced: false, allowsCreateOnUpdate: true, allowsUnconditionalUpdate: false }),
  row('policy', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    shortNames: ['pdb'],
    subresources: [status],
    generationFields: ['spec'],
    allowsUnconditionalUpdate: false,
  }),
  rbac('ClusterRoleBinding', 'clusterrolebindings', { namespaced: false }),
  rbac('ClusterRole', 'clusterroles', { namespaced: false }),
  rbac('RoleBinding', 'rolebindings'),
  rbac('Role', 'roles'),
  row('scheduling.k8s.io', 'PriorityClass', 'priorityclasses', { namespaced: false, shortNames: ['pc'] }),
  row('storage.k8s.io', 'StorageClass', 'storageclasses', { namespaced: false, shortNames: ['sc'], returnsDeletedObject: true }),
];

const byKind = new Map(builtinResources.map((resource) => [`${resource.group}/${resource.version}/${resource.kind}`, resource]));

/** The row of a kind. */
export const builtinResource = ({ group, version, kind }: { group: string; version: string; kind: string }): BuiltinResource | undefined =>
  byKind.get(`${group}/${version}/${kind}`);

/** Discovery's `storageVersionHash`: tells clients whether two resources are stored alike. */
export function storageVersionHash({ group, version, kind, storedAs }: BuiltinResource): string {
  const stored = storedAs ?? { group, version };
  return createHash('sha256').update(`${stored.group}/${stored.version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
