/** The rows of the kinds that say how pods are reached, scaled, placed and kept: networking, autoscaling, policy, discovery, classes, certificates. */
import type { JsonObject } from '@apiserver-kit/machinery';
import { hpaToV2 } from '../types/autoscaler-versions.js';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import type { Cell, Cells } from './cells.js';
import { selectorCell } from './cells.js';
import { humanDuration, since } from './human-duration.js';

const metaOf = (object: JsonObject): JsonObject => recordAt(object, 'metadata');
const nameOf = (object: JsonObject): string => textAt(metaOf(object), 'name');
const ageOf = (object: JsonObject, nowMs: number): string => since(metaOf(object).creationTimestamp, nowMs);

/** Name and age, and what stands between them. */
const named =
  (between: (object: JsonObject) => Cell[]): Cells =>
  (object, nowMs) => [nameOf(object), ...between(object), ageOf(object, nowMs)];

const shownItems = 3;

/** The first few, and how many more there are. */
function few(items: readonly string[], empty: string): string {
  const shown = items.slice(0, shownItems).join(',');
  if (items.length > shownItems) return `${shown} + ${items.length - shownItems} more...`;
  return shown === '' ? empty : shown;
}

const orNotApplicable = (spec: JsonObject, name: string): string => (has(spec, name) ? String(spec[name]) : 'N/A');

const disruptionBudget = named((object) => {
  const spec = recordAt(object, 'spec');
  return [orNotApplicable(spec, 'minAvailable'), orNotApplicable(spec, 'maxUnavailable'), numberAt(recordAt(object, 'status'), 'disruptionsAllowed')];
});

/** Rules without a host are passed over, but not among those that are not shown. */
function hostsCell(rules: readonly JsonObject[]): string {
  const hosts: string[] = [];
  for (const rule of rules) {
    if (hosts.length === shownItems) return `${hosts.join(',')} + ${rules.length - shownItems} more...`;
    const host = textAt(rule, 'host');
    if (host !== '') hosts.push(host);
  }
  return hosts.length === 0 ? '*' : hosts.join(',');
}

const ingress = named((object) => {
  const spec = recordAt(object, 'spec');
  const points = recordsAt(recordAt(recordAt(object, 'status'), 'loadBalancer'), 'ingress');
  const addresses = new Set(points.map((point) => textAt(point, 'ip') || textAt(point, 'hostname')).filter((text) => text !== ''));
  return [
    has(spec, 'ingressClassName') ? textAt(spec, 'ingressClassName') : '<none>',
    hostsCell(recordsAt(spec, 'rules')),
    [...addresses].sort().join(','),
    recordsAt(spec, 'tls').length > 0 ? '80, 443' : '80',
  ];
});

const ingressClass: Cells = (object, nowMs) => {
  const spec = recordAt(object, 'spec');
  const isDefault = textAt(recordAt(metaOf(object), 'annotations'), 'ingressclass.kubernetes.io/is-default-class') === 'true';
  const parameters = recordAt(spec, 'parameters');
  const group = has(parameters, 'apiGroup') ? `.${textAt(parameters, 'apiGroup')}` : '';
  return [
    `${nameOf(object)}${isDefault ? ' (default)' : ''}`,
    textAt(spec, 'controller'),
    has(spec, 'parameters') ? `${textAt(parameters, 'kind')}${group}/${textAt(parameters, 'name')}` : '<none>',
    ageOf(object, nowMs),
  ];
};

const endpointSlice = named((object) => {
  const ports = recordsAt(object, 'ports').map((port) => (has(port, 'port') ? String(port.port) : has(port, 'name') ? textAt(port, 'name') : '*'));
  const addresses = recordsAt(object, 'endpoints').flatMap((endpoint) => textsAt(endpoint, 'addresses'));
  return [textAt(object, 'addressType'), few(ports, '<unset>'), few(addresses, '<unset>')];
});

const unknown = '<unknown>';
const percent = (of: JsonObject, field: string, missing: string): string => (has(of, field) ? `${numberAt(of, field)}%` : missing);
const quantity = (of: JsonObject, field: string): string => (has(of, field) ? textAt(of, field) : unknown);

/** What is wished for and what there is, of one metric. */
function metricCell(spec: JsonObject, status: JsonObject | undefined): string {
  const source = (['external', 'pods', 'object', 'resource', 'containerResource'] as const).find((name) => has(spec, name));
  if (source === undefined) return '<unknown type>';
  const target = recordAt(recordAt(spec, source), 'target');
  const current = has(status, source) ? recordAt(recordAt(status, source), 'current') : {};
  if (source === 'pods') return `${quantity(current, 'averageValue')}/${textAt(target, 'averageValue')}`;
  const name = source === 'resource' || source === 'containerResource' ? `${textAt(recordAt(spec, source), 'name')}: ` : '';
  if (has(target, 'averageValue')) return `${name}${quantity(current, 'averageValue')}/${textAt(target, 'averageValue')}${name === '' ? ' (avg)' : ''}`;
  if (name === '') return `${quantity(current, 'value')}/${textAt(target, 'value')}`;
  return `${name}${percent(current, 'averageUtilization', unknown)}/${percent(target, 'averageUtilization', '<auto>')}`;
}

const shownMetrics = 2;

function metricsCell(specs: readonly JsonObject[], statuses: readonly JsonObject[]): string {
  if (specs.length === 0) return '<none>';
  const shown = specs.slice(0, shownMetrics).map((spec, at) => metricCell(spec, statuses[at]));
  return `${shown.join(', ')}${specs.length > shownMetrics ? ` + ${specs.length - shownMetrics} more...` : ''}`;
}

const autoscaler = named((object) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  const target = recordAt(spec, 'scaleTargetRef');
  return [
    `${textAt(target, 'kind')}/${textAt(target, 'name')}`,
    metricsCell(recordsAt(spec, 'metrics'), recordsAt(status, 'currentMetrics')),
    has(spec, 'minReplicas') ? String(spec.minReplicas) : '<unset>',
    numberAt(spec, 'maxReplicas'),
    numberAt(status, 'currentReplicas'),
  ];
});

const storageClass = named((object) => [
  textAt(object, 'provisioner'),
  textAt(object, 'reclaimPolicy') || 'Delete',
  textAt(object, 'volumeBindingMode') || 'Immediate',
  object.allowVolumeExpansion === true,
]);

const priorityClass: Cells = (object, nowMs) => [
  ...named((of) => [numberAt(of, 'value'), of.globalDefault === true])(object, nowMs),
  textAt(object, 'preemptionPolicy'),
];

function certificateState(status: JsonObject): string {
  const types = new Set(recordsAt(status, 'conditions').map((condition) => textAt(condition, 'type')));
  const decision = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${types.has('Failed') ? ',Failed' : ''}${textAt(status, 'certificate') !== '' ? ',Issued' : ''}`;
}

const certificateSigningRequest: Cells = (object, nowMs) => {
  const spec = recordAt(object, 'spec');
  return [
    nameOf(object),
    ageOf(object, nowMs),
    textAt(spec, 'signerName') || '<none>',
    textAt(spec, 'username'),
    has(spec, 'expirationSeconds') ? humanDuration(numberAt(spec, 'expirationSeconds') * 1000) : '<none>',
    certificateState(recordAt(object, 'status')),
  ];
};

/** By type. */
export const policyCells: Readonly<Record<string, Cells>> = {
  'autoscaling.v1.HorizontalPodAutoscaler': (object, nowMs) => autoscaler(hpaToV2(object), nowMs),
  'autoscaling.v2.HorizontalPodAutoscaler': autoscaler,
  'certificates.v1.CertificateSigningRequest': certificateSigningRequest,
  'discovery.v1.EndpointSlice': endpointSlice,
  'networking.v1.Ingress': ingress,
  'networking.v1.IngressClass': ingressClass,
  'networking.v1.NetworkPolicy': named((object) => [selectorCell(recordAt(object, 'spec').podSelector)]),
  'node.v1.RuntimeClass': named((object) => [textAt(object, 'handler')]),
  'policy.v1.PodDisruptionBudget': disruptionBudget,
  'scheduling.v1.PriorityClass': priorityClass,
  'storage.v1.StorageClass': storageClass,
};
