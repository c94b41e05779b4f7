/** The rows of the kinds of apps, batch, rbac.authorization.k8s.io and coordination.k8s.io. */
import { groupKindText, type JsonObject, parseApiVersion } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt } from '../types/read.js';
import { type Cells, containerCells, hasCondition, labelsCell, selectorCell, selectorText } from './cells.js';
import { humanDuration, since } from './human-duration.js';

const nameOf = (object: JsonObject): string => textAt(recordAt(object, 'metadata'), 'name');
const age = (object: JsonObject, nowMs: number): string => since(recordAt(object, 'metadata').creationTimestamp, nowMs);

const deployment: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  return [
    nameOf(object),
    `${numberAt(status, 'readyReplicas')}/${numberAt(spec, 'replicas')}`,
    numberAt(status, 'updatedReplicas'),
    numberAt(status, 'availableReplicas'),
    age(object, nowMs),
    ...containerCells(recordAt(spec, 'template')),
    selectorText(spec.selector, '<invalid>'),
  ];
};

const replicaSet: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  return [
    nameOf(object),
    numberAt(spec, 'replicas'),
    numberAt(status, 'replicas'),
    numberAt(status, 'readyReplicas'),
    age(object, nowMs),
    ...containerCells(recordAt(spec, 'template')),
    selectorCell(spec.selector),
  ];
};

const statefulSet: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  return [
    nameOf(object),
    `${numberAt(status, 'readyReplicas')}/${numberAt(spec, 'replicas')}`,
    age(object, nowMs),
    ...containerCells(recordAt(spec, 'template')),
  ];
};

const daemonSetCounts = ['desiredNumberScheduled', 'currentNumberScheduled', 'numberReady', 'updatedNumberScheduled', 'numberAvailable'];

const daemonSet: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  const template = recordAt(spec, 'template');
  return [
    nameOf(object),
    ...daemonSetCounts.map((field) => numberAt(status, field)),
    labelsCell(recordAt(template, 'spec').nodeSelector),
    age(object, nowMs),
    ...containerCells(template),
    selectorCell(spec.selector),
  ];
};

const controllerRevision: Cells = (object, nowMs) => {
  const owner = recordsAt(recordAt(object, 'metadata'), 'ownerReferences').find((reference) => reference.controller === true);
  let controller = '<none>';
  if (owner) {
    const group = parseApiVersion(textAt(owner, 'apiVersion'))?.group ?? '';
    const kind = groupKindText({ group, kind: textAt(owner, 'kind') }).toLowerCase();
    controller = kind === '' ? textAt(owner, 'name') : `${kind}/${textAt(owner, 'name')}`;
  }
  return [nameOf(object), controller, numberAt(object, 'revision'), age(object, nowMs)];
};

function completions(spec: JsonObject, status: JsonObject): string {
  const succeeded = numberAt(status, 'succeeded');
  if (has(spec, 'completions')) return `${succeeded}/${numberAt(spec, 'completions')}`;
  const parallelism = numberAt(spec, 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobState(object: JsonObject): string {
  const status = recordAt(object, 'status');
  if (hasCondition(status, 'Complete')) return 'Complete';
  if (hasCondition(status, 'Failed')) return 'Failed';
  if (has(recordAt(object, 'metadata'), 'deletionTimestamp')) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => hasCondition(status, type)) ?? 'Running';
}

const job: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  const started = textAt(status, 'startTime');
  const completed = textAt(status, 'completionTime');
  return [
    nameOf(object),
    jobState(object),
    completions(spec, status),
    started === '' ? '' : humanDuration((completed === '' ? nowMs : Date.parse(completed)) - Date.parse(started)),
    age(object, nowMs),
    ...containerCells(recordAt(spec, 'template')),
    selectorCell(spec.selector),
  ];
};

const boolCell = (value: unknown): string => (value === undefined || value === null ? '<unset>' : value === true ? 'True' : 'False');

const cronJob: Cells = (object, nowMs) => {
  const [spec, status] = [recordAt(object, 'spec'), recordAt(object, 'status')];
  const jobSpec = recordAt(recordAt(spec, 'jobTemplate'), 'spec');
  return [
    nameOf(object),
    textAt(spec, 'schedule'),
    has(spec, 'timeZone') ? textAt(spec, 'timeZone') : '<none>',
    boolCell(spec.suspend),
    recordsAt(status, 'active').length,
    has(status, 'lastScheduleTime') ? since(status.lastScheduleTime, nowMs) : '<none>',
    age(object, nowMs),
    ...containerCells(recordAt(jobSpec, 'template')),
    selectorCell(jobSpec.selector),
  ];
};

const roleBinding: Cells = (object, nowMs) => {
  const roleRef = recordAt(object, 'roleRef');
  const subjects = recordsAt(object, 'subjects');
  const names = (kind: string, text: (subject: JsonObject) => string): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(text)
      .join(', ');
  return [
    nameOf(object),
    `${textAt(roleRef, 'kind')}/${textAt(roleRef, 'name')}`,
    age(object, nowMs),
    names('User', (subject) => textAt(subject, 'name')),
    names('Group', (subject) => textAt(subject, 'name')),
    names('ServiceAccount', (subject) => `${textAt(subject, 'namespace')}/${textAt(subject, 'name')}`),
  ];
};

/** By type. */
export const workloadCells: Readonly<Record<string, Cells>> = {
  'apps.v1.ControllerRevision': controllerRevision,
  'apps.v1.DaemonSet': daemonSet,
  'apps.v1.Deployment': deployment,
  'apps.v1.ReplicaSet': replicaSet,
  'apps.v1.StatefulSet': statefulSet,
  'batch.v1.CronJob': cronJob,
  'batch.v1.Job': job,
  'coordination.v1.Lease': (object, nowMs) => [nameOf(object), textAt(recordAt(object, 'spec'), 'holderIdentity'), age(object, nowMs)],
  'rbac.v1.ClusterRoleBinding': roleBinding,
  'rbac.v1.RoleBinding': roleBinding,
};
