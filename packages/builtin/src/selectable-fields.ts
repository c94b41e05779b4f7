/** What field selectors can ask for of each built-in kind, and by which labels. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { recordAt, recordsAt, textAt } from './types/read.js';

/** Gives the value of a field as the text that selectors compare with. */
export type SelectableFields = Readonly<Record<string, (object: KubeObject) => string>>;
/** Label of a request → name of the selectable field. `metadata.name` and `metadata.namespace` go without saying. */
export type FieldLabels = Readonly<Record<string, string>>;

/** The value at a path, as text; `missing` where it is absent. */
function at(path: string, missing = ''): (object: KubeObject) => string {
  const steps = path.split('.');
  const last = steps.pop()!;
  return (object) => {
    let holder: Record<string, unknown> = object;
    for (const step of steps) holder = recordAt(holder, step);
    const value = holder[last];
    return value === undefined || value === null ? missing : String(value);
  };
}

const texts = (...paths: string[]): SelectableFields => Object.fromEntries(paths.map((path) => [path, at(path)]));

const involvedObject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

/** By kind, with its group where that has a name. Kinds that are not here have nothing but their metadata to select by. */
export const selectableFields: Readonly<Record<string, SelectableFields>> = {
  Event: {
    ...texts(...involvedObject.map((field) => `involvedObject.${field}`), 'reason', 'reportingComponent', 'type'),
    source: (event) => textAt(recordAt(event, 'source'), 'component') || textAt(event, 'reportingComponent'),
  },
  Namespace: texts('status.phase'),
  Node: { 'spec.unschedulable': at('spec.unschedulable', 'false') },
  Pod: {
    ...texts('spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'),
    'spec.hostNetwork': at('spec.hostNetwork', 'false'),
    ...texts('status.phase'),
    'status.podIP': (pod) => textAt(recordsAt(recordAt(pod, 'status'), 'podIPs')[0], 'ip'),
    ...texts('status.nominatedNodeName'),
  },
  ReplicationController: { 'status.replicas': at('status.replicas', '0') },
  Secret: texts('type'),
  Service: texts('spec.clusterIP', 'spec.type'),
  'CertificateSigningRequest.certificates.k8s.io': texts('spec.signerName'),
  'Job.batch': { 'status.successful': at('status.succeeded', '0') },
};

/** How events.k8s.io/v1 names the fields that the core group's Event has under older names. */
export const eventsV1FieldLabels: FieldLabels = {
  ...Object.fromEntries(involvedObject.map((field) => [`regarding.${field}`, `involvedObject.${field}`])),
  reason: 'reason',
  reportingController: 'reportingComponent',
  type: 'type',
};

/** What the reference says of a label that a kind cannot be selected by. */
export function unknownFieldLabelText(
  resource: { readonly kind: string; readonly group: string; readonly selectableFields: SelectableFields },
  label: string,
): string {
  if (resource.kind === 'Job') return `field label "${label}" not supported for Job`;
  if (Object.keys(resource.selectableFields).length > 0) return `field label not supported: ${label}`;
  return `"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
