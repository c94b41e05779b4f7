/** Warnings that go with writes of built-in kinds: `WarningsOnCreate` and `WarningsOnUpdate` of the reference's strategies, those that are met most. */
import { dns1123Label, type JsonObject, type KubeObject } from '@apiserver-kit/machinery';
import type { Strategy } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import { has, numberAt, recordAt, textAt, textsAt } from '../types/read.js';
import { staticNameWarnings, webhookWarnings } from './admission-warnings.js';
import { podWarnings } from './pod-warnings.js';

type Warnings = NonNullable<Strategy['warnings']>;

/** Where kinds keep the template of their pods. */
const templatePaths: Readonly<Record<string, string>> = {
  CronJob: 'spec.jobTemplate.spec.template',
  DaemonSet: 'spec.template',
  Deployment: 'spec.template',
  Job: 'spec.template',
  PodTemplate: 'template',
  ReplicaSet: 'spec.template',
  ReplicationController: 'spec.template',
  StatefulSet: 'spec.template',
};

/** Kinds whose name becomes part of the names of pods, and so of hosts. */
const namesPods = new Set(['CronJob', 'Deployment', 'Job', 'ReplicaSet', 'ReplicationController']);

function nameWarnings({ kind }: BuiltinResource, name: string): string[] {
  const what = kind === 'Pod' ? "this is used in the Pod's hostname" : namesPods.has(kind) ? 'this is used in Pod names and hostnames' : undefined;
  const messages = what === undefined ? [] : dns1123Label(name);
  if (messages.length === 0) return [];
  return [`metadata.name: ${what}, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`];
}

/** A write that changes nothing of what is wished for is not warned of again. */
const workload =
  (row: BuiltinResource, path: string): Warnings =>
  (object, old) => {
    if (old && object.metadata.generation === old.metadata.generation) return [];
    const template = path.split('.').reduce<JsonObject>(recordAt, object);
    return [...(old ? [] : nameWarnings(row, object.metadata.name ?? '')), ...podWarnings(template, path)];
  };

const pod =
  (row: BuiltinResource): Warnings =>
  (object, old) =>
    old ? [] : [...nameWarnings(row, object.metadata.name ?? ''), ...podWarnings(object)];

const mountableSecrets = 'kubernetes.io/enforce-mountable-secrets';
const annotationsOf = (object: KubeObject | undefined): JsonObject => recordAt(recordAt(object, 'metadata'), 'annotations');

const serviceAccount: Warnings = (account, old) =>
  Object.hasOwn(annotationsOf(account), mountableSecrets) && !Object.hasOwn(annotationsOf(old), mountableSecrets)
    ? [`metadata.annotations[${mountableSecrets}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`]
    : [];

const topologyHints = 'service.kubernetes.io/topology-aware-hints';

const service: Warnings = (object) => {
  const spec = recordAt(object, 'spec');
  const type = textAt(spec, 'type');
  const hasExternalIPs = textsAt(spec, 'externalIPs').length > 0;
  const isHeadless = type === 'ClusterIP' && textAt(spec, 'clusterIP') === 'None';
  const warnings: string[] = [];
  if (Object.hasOwn(annotationsOf(object), topologyHints))
    warnings.push(`annotation ${topologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  if (isHeadless) {
    if (textAt(spec, 'loadBalancerIP') !== '') warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (hasExternalIPs) warnings.push('spec.externalIPs is ignored for headless services');
    if (textAt(spec, 'sessionAffinity') !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  } else if (hasExternalIPs && type !== 'ExternalName') warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (type === 'ExternalName' && hasExternalIPs) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (type !== 'ExternalName' && textAt(spec, 'externalName') !== '') warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (textAt(spec, 'trafficDistribution') === 'PreferClose') warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
};

const statefulSet =
  (row: BuiltinResource, path: string): Warnings =>
  (object, old) => {
    const retainsAll = numberAt(recordAt(object, 'spec'), 'revisionHistoryLimit') < 0;
    return [
      ...workload(row, path)(object, old),
      ...(retainsAll ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
    ];
  };

const node: Warnings = (object) => {
  const spec = recordAt(object, 'spec');
  return [
    ...(has(spec, 'configSource') ? ['spec.configSource: the feature is removed'] : []),
    ...(textAt(spec, 'externalID') === '' ? [] : ['spec.externalID: this field is deprecated, and is unused by Kubernetes']),
  ];
};

const ingressClass = 'kubernetes.io/ingress.class';

const ingress: Warnings = (object, old) =>
  !old && Object.hasOwn(annotationsOf(object), ingressClass) && !has(recordAt(object, 'spec'), 'ingressClassName')
    ? [`annotation "${ingressClass}" is deprecated, please use 'spec.ingressClassName' instead`]
    : [];

const endpointSlice: Warnings = (object, old) => (!old && textAt(object, 'addressType') === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : []);

const others: Readonly<Record<string, Warnings>> = {
  EndpointSlice: endpointSlice,
  Ingress: ingress,
  MutatingAdmissionPolicy: staticNameWarnings,
  MutatingAdmissionPolicyBinding: staticNameWarnings,
  MutatingWebhookConfiguration: webhookWarnings,
  Node: node,
  Service: service,
  ServiceAccount: serviceAccount,
  ValidatingAdmissionPolicy: staticNameWarnings,
  ValidatingAdmissionPolicyBinding: staticNameWarnings,
  ValidatingWebhookConfiguration: webhookWarnings,
};

/** The warnings of a resource; undefined where it never has any. */
export function warningsOf(row: BuiltinResource): Strategy['warnings'] {
  if (row.kind === 'Pod') return pod(row);
  const path = templatePaths[row.kind];
  if (path === undefined) return others[row.kind];
  return row.kind === 'StatefulSet' ? statefulSet(row, path) : workload(row, path);
}
