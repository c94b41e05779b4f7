/** The rows of the core group's kinds, but for pods. */
import type { JsonObject } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { type Cells, containerCells, labelsCell, orNone } from './cells.js';
import { since } from './human-duration.js';

const metaOf = (object: JsonObject): JsonObject => recordAt(object, 'metadata');
const nameOf = (object: JsonObject): string => textAt(metaOf(object), 'name');
const age = (object: JsonObject, nowMs: number): string => since(metaOf(object).creationTimestamp, nowMs);
const count = (object: JsonObject, name: string): number => Object.keys(recordAt(object, name)).length;
const isBeingDeleted = (object: JsonObject): boolean => has(metaOf(object), 'deletionTimestamp');

/** Go's zero time. */
const zeroTime = '0001-01-01T00:00:00Z';
/** Kinds without columns of their own: the reference's general table. */
export const plainCells: Cells = (object) => [nameOf(object), textAt(metaOf(object), 'creationTimestamp') || zeroTime];

const endpointsOf = (endpoints: JsonObject): string => {
  const subsets = recordsAt(endpoints, 'subsets');
  if (subsets.length === 0) return '<none>';
  const hosts = subsets.flatMap((subset) => {
    const ips = recordsAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    const ports = recordsAt(subset, 'ports').map((port) => numberAt(port, 'port'));
    return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  const shown = hosts.slice(0, 3).join(',');
  return hosts.length > 3 ? `${shown} + ${hosts.length - 3} more...` : shown;
};

function loadBalancerIPs(service: JsonObject): string[] {
  const ingress = recordsAt(recordAt(recordAt(service, 'status'), 'loadBalancer'), 'ingress');
  return [...new Set(ingress.map((point) => textAt(point, 'ip') || textAt(point, 'hostname')).filter((text) => text !== ''))].sort();
}

function externalIP(service: JsonObject): string {
  const spec = recordAt(service, 'spec');
  const externalIPs = textsAt(spec, 'externalIPs');
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIPs.length === 0 ? '<none>' : externalIPs.join(',');
    case 'LoadBalancer':
      return [...loadBalancerIPs(service), ...externalIPs].join(',') || '<pending>';
    case 'ExternalName':
      return textAt(spec, 'externalName');
    default:
      return '<unknown>';
  }
}

function portCell(port: JsonObject): string {
  const nodePort = numberAt(port, 'nodePort');
  return `${numberAt(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${textAt(port, 'protocol')}`;
}

const service: Cells = (object, nowMs) => {
  const spec = recordAt(object, 'spec');
  return [
    nameOf(object),
    textAt(spec, 'type'),
    textsAt(spec, 'clusterIPs')[0] ?? '<none>',
    externalIP(object),
    orNone(recordsAt(spec, 'ports').map(portCell).join(',')),
    age(object, nowMs),
    labelsCell(spec.selector),
  ];
};

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(labels: JsonObject): string {
  const roles = Object.entries(labels).flatMap(([key, value]) =>
    key.startsWith(rolePrefix) ? key.slice(rolePrefix.length) : key === 'kubernetes.io/role' ? String(value) : [],
  );
  return orNone([...new Set(roles.filter((role) => role !== ''))].sort().join(','));
}

const node: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  // Of several conditions of one type the last counts.
  const ready = recordsAt(status, 'conditions').findLast((condition) => condition.type === 'Ready');
  const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  const info = recordAt(status, 'nodeInfo');
  const address = (type: string): string => (recordsAt(status, 'addresses').find((a) => a.type === type)?.address as string | undefined) ?? '<none>';
  const known = (field: string): string => textAt(info, field) || '<unknown>';
  const architecture = textAt(info, 'architecture');
  return [
    nameOf(object),
    spec.unschedulable === true ? `${state},SchedulingDisabled` : state,
    nodeRoles(recordAt(metaOf(object), 'labels')),
    age(object, nowMs),
    textAt(info, 'kubeletVersion'),
    address('InternalIP'),
    address('ExternalIP'),
    known('osImage'),
    `${known('kernelVersion')}${architecture === '' ? '' : ` (${architecture})`}`,
    known('containerRuntimeVersion'),
  ];
};

const event: Cells = (object, nowMs) => {
  const firstSeen = since(object.firstTimestamp ?? object.eventTime, nowMs);
  const series = has(object, 'series') ? recordAt(object, 'series') : undefined;
  const lastSeen = series ? since(series.lastObservedTime, nowMs) : has(object, 'lastTimestamp') ? since(object.lastTimestamp, nowMs) : firstSeen;
  const involved = recordAt(object, 'involvedObject');
  const source = recordAt(object, 'source');
  const component = textAt(source, 'component') || textAt(object, 'reportingComponent');
  const instance = textAt(source, 'host') || textAt(object, 'reportingInstance');
  const kind = textAt(involved, 'kind').toLowerCase();
  const name = textAt(involved, 'name');
  return [
    lastSeen,
    textAt(object, 'type'),
    textAt(object, 'reason'),
    name === '' ? kind : `${kind}/${name}`,
    textAt(involved, 'fieldPath'),
    instance === '' ? component : `${component}, ${instance}`,
    textAt(object, 'message').trim(),
    firstSeen,
    series ? numberAt(series, 'count') : numberAt(object, 'count') || 1,
    nameOf(object),
  ];
};

const modeNames: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];
const accessModes = (modes: readonly string[]): string => modeNames.flatMap(([mode, short]) => (modes.includes(mode) ? short : [])).join(',');

const orUnset = (value: unknown): string => (value === undefined || value === null ? '<unset>' : String(value));
/** The storage class; an annotation is its older place. */
const storageClass = (object: JsonObject): string =>
  (recordAt(metaOf(object), 'annotations')['volume.beta.kubernetes.io/storage-class'] as string | undefined) ??
  textAt(recordAt(object, 'spec'), 'storageClassName');
const volumePhase = (object: JsonObject): string => (isBeingDeleted(object) ? 'Terminating' : textAt(recordAt(object, 'status'), 'phase'));

const persistentVolume: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  const claim = has(spec, 'claimRef') ? recordAt(spec, 'claimRef') : undefined;
  return [
    nameOf(object),
    textAt(recordAt(spec, 'capacity'), 'storage') || '0',
    accessModes(textsAt(spec, 'accessModes')),
    textAt(spec, 'persistentVolumeReclaimPolicy'),
    volumePhase(object),
    claim ? `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}` : '',
    storageClass(object),
    orUnset(spec.volumeAttributesClassName),
    textAt(status, 'reason'),
    age(object, nowMs),
    orUnset(spec.volumeMode),
  ];
};

const persistentVolumeClaim: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  const volume = textAt(spec, 'volumeName');
  const isBound = volume !== '';
  return [
    nameOf(object),
    volumePhase(object),
    volume,
    isBound ? textAt(recordAt(status, 'capacity'), 'storage') || '0' : '',
    isBound ? accessModes(textsAt(status, 'accessModes')) : '',
    storageClass(object),
    orUnset(spec.volumeAttributesClassName),
    age(object, nowMs),
    orUnset(spec.volumeMode),
  ];
};

const resourceQuota: Cells = (object, nowMs) => {
  const status = recordAt(object, 'status');
  const [hard, used] = [recordAt(status, 'hard'), recordAt(status, 'used')];
  const list = (isLimit: boolean): string =>
    Object.keys(hard)
      .sort()
      .filter((resource) => resource.startsWith('limits.') === isLimit)
      .map((resource) => `${resource}: ${textAt(used, resource) || '0'}/${textAt(hard, resource)}`)
      .join(', ');
  return [nameOf(object), list(false), list(true), age(object, nowMs)];
};

const replicationController: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  return [
    nameOf(object),
    numberAt(spec, 'replicas'),
    numberAt(status, 'replicas'),
    numberAt(status, 'readyReplicas'),
    age(object, nowMs),
    ...containerCells(recordAt(spec, 'template')),
    labelsCell(spec.selector),
  ];
};

/** By type. */
export const coreCells: Readonly<Record<string, Cells>> = {
  'core.v1.ConfigMap': (object, nowMs) => [nameOf(object), count(object, 'data') + count(object, 'binaryData'), age(object, nowMs)],
  'core.v1.Endpoints': (object, nowMs) => [nameOf(object), endpointsOf(object), age(object, nowMs)],
  'core.v1.Event': event,
  'core.v1.Namespace': (object, nowMs) => [nameOf(object), textAt(recordAt(object, 'status'), 'phase'), age(object, nowMs)],
  'core.v1.Node': node,
  'core.v1.PersistentVolume': persistentVolume,
  'core.v1.PersistentVolumeClaim': persistentVolumeClaim,
  'core.v1.PodTemplate': (object) => {
    const template = recordAt(object, 'template');
    return [nameOf(object), ...containerCells(template), labelsCell(recordAt(template, 'metadata').labels)];
  },
  'core.v1.ReplicationController': replicationController,
  'core.v1.ResourceQuota': resourceQuota,
  'core.v1.Secret': (object, nowMs) => [nameOf(object), textAt(object, 'type'), count(object, 'data'), age(object, nowMs)],
  'core.v1.Service': service,
  'core.v1.ServiceAccount': (object, nowMs) => [nameOf(object), age(object, nowMs)],
};
