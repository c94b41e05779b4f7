/** What the reference fills in for a type wherever the type occurs (pkg/apis/GROUP/v1/defaults.go and the +default markers of its types). */
import { type JsonObject, jsonEqual } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { defaultAutoscaler } from './autoscaling.js';
import { imageTag } from './image-tag.js';

/** Fills in fields of a decoded value of one type, in place. Values of the types inside it are filled in afterwards. */
export type TypeDefault = (value: JsonObject) => void;

/** Sets what is not there. Given objects are copied, so that no two values share one. */
function fill(value: JsonObject, defaults: JsonObject): void {
  for (const name in defaults) if (!has(value, name)) value[name] = typeof defaults[name] === 'object' ? structuredClone(defaults[name]) : defaults[name];
}
/** A type whose defaults depend on nothing. */
const fields =
  (defaults: JsonObject): TypeDefault =>
  (value) =>
    fill(value, defaults);

const pullPolicyOf = (image: string): string => (imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent');

const container: TypeDefault = (value) =>
  fill(value, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicyOf(textAt(value, 'image')),
  });

const volumeSourceLess = (volume: JsonObject): boolean => Object.keys(volume).every((name) => name === 'name');

const volume: TypeDefault = (value) => {
  if (volumeSourceLess(value)) value.emptyDir = {};
  if (has(value, 'image')) {
    const image = value.image as JsonObject;
    fill(image, { pullPolicy: pullPolicyOf(textAt(image, 'reference')) });
  }
};

/** In each container, requests that are not given are the limits. Done for pods only, not for templates. */
function requestsFromLimits({ resources }: JsonObject): void {
  const { limits, requests } = (resources ?? {}) as { limits?: JsonObject; requests?: JsonObject };
  if (limits) (resources as JsonObject).requests = sorted({ ...limits, ...requests });
}

const sorted = (map: JsonObject): JsonObject => Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

const pod: TypeDefault = ({ spec }) => {
  const podSpec = spec as JsonObject;
  if (has(podSpec, 'terminationGracePeriodSeconds') && numberAt(podSpec, 'terminationGracePeriodSeconds') < 0) podSpec.terminationGracePeriodSeconds = 1;
  fill(podSpec, { enableServiceLinks: true });
  for (const list of ['containers', 'initContainers'])
    for (const item of recordsAt(podSpec, list)) {
      requestsFromLimits(item);
      if (podSpec.hostNetwork) for (const port of recordsAt(item, 'ports')) fill(port, { hostPort: port.containerPort });
    }
};

const podSpec: TypeDefault = (value) => {
  fill(value, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  // serviceAccount is the old name of serviceAccountName: both are kept, and say the same.
  const account = textAt(value, 'serviceAccountName') || textAt(value, 'serviceAccount');
  if (account !== '') Object.assign(value, { serviceAccountName: account, serviceAccount: account });
};

/** A list that came later than the single value it generalizes: its first item and the single value are kept the same, and the single one wins. */
function keepInStep(value: JsonObject, single: string, list: string, item: (text: string) => unknown): void {
  const [text, first] = [textAt(value, single), (value[list] as unknown[] | undefined)?.[0]];
  if (text !== '') {
    if (!jsonEqual(first, item(text))) value[list] = [item(text)];
    return;
  }
  const firstText = typeof first === 'string' ? first : textAt(first as JsonObject | undefined, 'ip');
  if (firstText !== '') value[single] = firstText;
}

const service: TypeDefault = ({ spec, status }) => {
  const of = spec as JsonObject;
  fill(of, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (of.sessionAffinity === 'None') delete of.sessionAffinityConfig;
  if (of.sessionAffinity === 'ClientIP' && !has(recordAt(recordAt(of, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds'))
    of.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10800 } };
  const isLoadBalancer = of.type === 'LoadBalancer';
  for (const port of recordsAt(of, 'ports')) {
    fill(port, { protocol: 'TCP' });
    if (port.targetPort === 0 || port.targetPort === '' || !has(port, 'targetPort')) port.targetPort = port.port;
  }
  const isExternal = isLoadBalancer || of.type === 'NodePort' || (of.type === 'ClusterIP' && recordsAt(of, 'externalIPs').length > 0);
  if (isExternal) fill(of, { externalTrafficPolicy: 'Cluster' });
  if (isLoadBalancer || of.type === 'NodePort' || of.type === 'ClusterIP') fill(of, { internalTrafficPolicy: 'Cluster' });
  if (isLoadBalancer) {
    fill(of, { allocateLoadBalancerNodePorts: true });
    for (const ingress of recordsAt(recordAt(status as JsonObject, 'loadBalancer'), 'ingress'))
      if (textAt(ingress, 'ip') !== '') fill(ingress, { ipMode: 'VIP' });
  }
};

/** `stringData` is for writing only: it becomes data. */
const secret: TypeDefault = (value) => {
  fill(value, { type: 'Opaque' });
  if (!has(value, 'stringData')) return;
  const written = Object.entries(value.stringData as Record<string, string>).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  value.data = sorted({ ...recordAt(value, 'data'), ...Object.fromEntries(written) });
  delete value.stringData;
};

const limitRangeItem: TypeDefault = (value) => {
  if (value.type !== 'Container') return;
  const limits = sorted({ ...recordAt(value, 'max'), ...recordAt(value, 'default') });
  const requests = sorted({ ...recordAt(value, 'min'), ...limits, ...recordAt(value, 'defaultRequest') });
  if (Object.keys(limits).length > 0) value.default = limits;
  if (Object.keys(requests).length > 0) value.defaultRequest = requests;
};

const namespace: TypeDefault = ({ metadata }) => {
  const meta = metadata as JsonObject;
  // A name yet to be generated gets its label from the strategy, once it is known.
  if (textAt(meta, 'name') !== '') meta.labels = sorted({ ...recordAt(meta, 'labels'), 'kubernetes.io/metadata.name': meta.name });
};

const nodeStatus: TypeDefault = (value) => {
  if (has(value, 'capacity')) fill(value, { allocatable: value.capacity });
};

/** A controller without labels takes those of its pods. */
function labelsFromTemplate({ metadata }: JsonObject, template: JsonObject): void {
  const labels = recordAt(recordAt(template, 'metadata'), 'labels');
  const meta = metadata as JsonObject;
  if (Object.keys(labels).length > 0 && Object.keys(recordAt(meta, 'labels')).length === 0) meta.labels = { ...labels };
}

const replicationController: TypeDefault = (value) => {
  const spec = value.spec as JsonObject;
  const template = recordAt(spec, 'template');
  const labels = recordAt(recordAt(template, 'metadata'), 'labels');
  if (Object.keys(labels).length > 0 && Object.keys(recordAt(spec, 'selector')).length === 0) spec.selector = { ...labels };
  labelsFromTemplate(value, template);
  fill(spec, { replicas: 1 });
};

const deployment: TypeDefault = ({ spec }) => {
  const of = spec as JsonObject;
  fill(of, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = of.strategy as JsonObject;
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fillStruct(strategy, 'rollingUpdate', { maxUnavailable: '25%', maxSurge: '25%' });
  else if (has(strategy, 'rollingUpdate')) fill(strategy.rollingUpdate as JsonObject, { maxUnavailable: 0, maxSurge: 0 });
};

/** Fills in a struct that may be absent itself. */
function fillStruct(holder: JsonObject, name: string, defaults: JsonObject): void {
  fill(holder, { [name]: {} });
  fill(holder[name] as JsonObject, defaults);
}

const daemonSet: TypeDefault = ({ spec }) => {
  const of = spec as JsonObject;
  fill(of, { revisionHistoryLimit: 10 });
  const strategy = of.updateStrategy as JsonObject;
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fillStruct(strategy, 'rollingUpdate', { maxUnavailable: 1, maxSurge: 0 });
};

const statefulSet: TypeDefault = ({ spec }) => {
  const of = spec as JsonObject;
  fill(of, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 });
  const strategy = of.updateStrategy as JsonObject;
  if (!has(strategy, 'type')) fill(strategy, { type: 'RollingUpdate', rollingUpdate: {} });
  if (strategy.type === 'RollingUpdate' && has(strategy, 'rollingUpdate')) fill(strategy.rollingUpdate as JsonObject, { partition: 0, maxUnavailable: 1 });
  for (const claim of recordsAt(of, 'volumeClaimTemplates')) fill(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' });
  fillStruct(of, 'persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' });
};

const job: TypeDefault = (value) => {
  const spec = value.spec as JsonObject;
  if (!has(spec, 'parallelism')) fill(spec, { completions: 1, parallelism: 1 });
  fill(spec, {
    backoffLimit: has(spec, 'backoffLimitPerIndex') ? 0x7fffffff : 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: has(spec, 'podFailurePolicy') ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: false,
  });
  labelsFromTemplate(value, recordAt(spec, 'template'));
};

const rbacGroup = 'rbac.authorization.k8s.io';
const roleBinding: TypeDefault = ({ roleRef }) => {
  const ref = roleRef as JsonObject;
  if (textAt(ref, 'apiGroup') === '') ref.apiGroup = rbacGroup;
};
const subject: TypeDefault = (value) => {
  if (value.kind === 'User' || value.kind === 'Group') fill(value, { apiGroup: rbacGroup });
};

const webhook = fields({ failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 });
const policySpec = fields({ failurePolicy: 'Fail' });
const ruleScope = fields({ scope: '*' });

const defaultMode = fields({ defaultMode: 0o644 });
const rbd = fields({ pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' });
const iscsi = fields({ iscsiInterface: 'default' });
const scaleIO = fields({ storageMode: 'ThinProvisioned', fsType: 'xfs' });
const protocol = fields({ protocol: 'TCP' });

/** By type. */
export const typeDefaults: Readonly<Record<string, TypeDefault>> = {
  'admissionregistration.v1.MatchResources': fields({ matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} }),
  'admissionregistration.v1.MutatingAdmissionPolicySpec': policySpec,
  'admissionregistration.v1.MutatingWebhook': (value) => {
    webhook(value);
    fill(value, { reinvocationPolicy: 'Never' });
  },
  'admissionregistration.v1.NamedRuleWithOperations': ruleScope,
  'admissionregistration.v1.RuleWithOperations': ruleScope,
  'admissionregistration.v1.ServiceReference': fields({ port: 443 }),
  'admissionregistration.v1.ValidatingAdmissionPolicySpec': policySpec,
  'admissionregistration.v1.ValidatingWebhook': webhook,
  'apps.v1.DaemonSet': daemonSet,
  'apps.v1.Deployment': deployment,
  'apps.v1.ReplicaSet': ({ spec }) => fill(spec as JsonObject, { replicas: 1 }),
  'apps.v1.StatefulSet': statefulSet,
  'autoscaling.v1.HorizontalPodAutoscalerSpec': fields({ minReplicas: 1 }),
  'autoscaling.v2.HorizontalPodAutoscaler': defaultAutoscaler,
  'batch.v1.CronJob': ({ spec }) =>
    fill(spec as JsonObject, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
  'batch.v1.Job': job,
  'batch.v1.PodFailurePolicyOnPodConditionsPattern': (value) => {
    if (textAt(value, 'status') === '') value.status = 'True';
  },
  'core.v1.AzureDiskVolumeSource': fields({ cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' }),
  'core.v1.ConfigMapVolumeSource': defaultMode,
  'core.v1.Container': container,
  'core.v1.ContainerPort': protocol,
  'core.v1.DownwardAPIVolumeSource': defaultMode,
  'core.v1.EndpointPort': protocol,
  'core.v1.EphemeralContainer': container,
  'core.v1.FileKeySelector': fields({ optional: false }),
  'core.v1.GRPCAction': fields({ service: '' }),
  'core.v1.HTTPGetAction': fields({ path: '/', scheme: 'HTTP' }),
  'core.v1.HostPathVolumeSource': fields({ type: '' }),
  'core.v1.ISCSIPersistentVolumeSource': iscsi,
  'core.v1.ISCSIVolumeSource': iscsi,
  'core.v1.LimitRangeItem': limitRangeItem,
  'core.v1.Namespace': namespace,
  'core.v1.NamespaceStatus': fields({ phase: 'Active' }),
  'core.v1.NodeSpec': (value) => keepInStep(value, 'podCIDR', 'podCIDRs', (cidr) => cidr),
  'core.v1.NodeStatus': nodeStatus,
  'core.v1.ObjectFieldSelector': fields({ apiVersion: 'v1' }),
  'core.v1.PersistentVolumeClaimSpec': fields({ volumeMode: 'Filesystem' }),
  'core.v1.PersistentVolumeClaimStatus': fields({ phase: 'Pending' }),
  'core.v1.PersistentVolumeSpec': fields({ persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
  'core.v1.PersistentVolumeStatus': fields({ phase: 'Pending' }),
  'core.v1.Pod': pod,
  'core.v1.PodSpec': podSpec,
  'core.v1.PodStatus': (value) => keepInStep(value, 'podIP', 'podIPs', (ip) => ({ ip })),
  'core.v1.Probe': fields({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  'core.v1.ProjectedVolumeSource': defaultMode,
  'core.v1.RBDPersistentVolumeSource': rbd,
  'core.v1.RBDVolumeSource': rbd,
  'core.v1.ReplicationController': replicationController,
  'core.v1.ScaleIOPersistentVolumeSource': scaleIO,
  'core.v1.ScaleIOVolumeSource': scaleIO,
  'core.v1.Secret': secret,
  'core.v1.SecretVolumeSource': defaultMode,
  'core.v1.Service': service,
  'core.v1.ServiceAccountTokenProjection': fields({ expirationSeconds: 3600 }),
  'core.v1.Volume': volume,
  'discovery.v1.EndpointPort': fields({ name: '', protocol: 'TCP' }),
  'networking.v1.IngressClassParametersReference': fields({ scope: 'Cluster' }),
  'networking.v1.NetworkPolicy': ({ spec }) => {
    const of = spec as JsonObject;
    if (textsAt(of, 'policyTypes').length === 0) of.policyTypes = recordsAt(of, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  'networking.v1.NetworkPolicyPort': protocol,
  'rbac.v1.ClusterRoleBinding': roleBinding,
  'rbac.v1.RoleBinding': roleBinding,
  'rbac.v1.Subject': subject,
  'scheduling.v1.PriorityClass': fields({ preemptionPolicy: 'PreemptLowerPriority' }),
  'storage.v1.StorageClass': fields({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
};
