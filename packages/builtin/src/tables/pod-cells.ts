/** The row of a pod: what state its containers add up to. */
import type { JsonObject } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt } from '../types/read.js';
import { type Cells, hasCondition, orNone } from './cells.js';
import { since } from './human-duration.js';

/** Restarts, and when the last of them was. */
interface Restarts {
  count: number;
  last: string;
}

const isRestartable = (container: JsonObject | undefined): boolean => container?.restartPolicy === 'Always';

function add(restarts: Restarts, status: JsonObject): void {
  restarts.count += numberAt(status, 'restartCount');
  const finishedAt = textAt(recordAt(recordAt(status, 'lastState'), 'terminated'), 'finishedAt');
  // Times of whole seconds in UTC compare as texts.
  if (finishedAt > restarts.last) restarts.last = finishedAt;
}

const ended = (terminated: JsonObject): string => {
  const signal = numberAt(terminated, 'signal');
  return textAt(terminated, 'reason') || (signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, 'exitCode')}`);
};

interface Summary {
  reason: string;
  ready: number;
  restarts: Restarts;
}

/** What the init containers that have started say. `reason` is undefined when all have done their work. */
function summarizeInit(statuses: readonly JsonObject[], specs: readonly JsonObject[]) {
  const byName = new Map(specs.map((container) => [container.name, container]));
  const all: Restarts = { count: 0, last: '' };
  const sidecars: Restarts = { count: 0, last: '' };
  let ready = 0;
  for (const [at, status] of statuses.entries()) {
    const sidecar = isRestartable(byName.get(status.name));
    add(all, status);
    if (sidecar) add(sidecars, status);
    const state = recordAt(status, 'state');
    const terminated = has(state, 'terminated') ? recordAt(state, 'terminated') : undefined;
    if (terminated && numberAt(terminated, 'exitCode') === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready === true) ready++;
      continue;
    }
    const waiting = textAt(recordAt(state, 'waiting'), 'reason');
    let reason = `Init:${at}/${specs.length}`;
    if (terminated) reason = `Init:${ended(terminated)}`;
    else if (waiting !== '' && waiting !== 'PodInitializing') reason = `Init:${waiting}`;
    return { reason, ready, all, sidecars };
  }
  return { reason: undefined, ready, all, sidecars };
}

/** What the containers say, the last first: the first one decides. */
function summarizeContainers(podStatus: JsonObject, { reason: initial, ready: readyBefore, restarts }: Summary): Summary {
  let [reason, ready, errorReason, hasRunning] = [initial, readyBefore, '', false];
  for (const status of recordsAt(podStatus, 'containerStatuses').toReversed()) {
    add(restarts, status);
    const state = recordAt(status, 'state');
    const waiting = textAt(recordAt(state, 'waiting'), 'reason');
    if (waiting !== '') reason = waiting;
    else if (has(state, 'terminated')) {
      const terminated = recordAt(state, 'terminated');
      reason = ended(terminated);
      if (numberAt(terminated, 'exitCode') !== 0) errorReason = reason;
    } else if (status.ready === true && has(state, 'running')) {
      hasRunning = true;
      ready++;
    }
  }
  if (reason === 'Completed') {
    if (hasRunning && hasCondition(podStatus, 'Ready')) reason = 'Running';
    else if (errorReason !== '') reason = errorReason;
    else if (hasRunning) reason = 'NotReady';
  }
  return { reason, ready, restarts };
}

function summarize(spec: JsonObject, status: JsonObject): Summary {
  let reason = textAt(status, 'reason') || textAt(status, 'phase');
  if (recordsAt(status, 'conditions').some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')) reason = 'SchedulingGated';
  const init = summarizeInit(recordsAt(status, 'initContainerStatuses'), recordsAt(spec, 'initContainers'));
  reason = init.reason ?? reason;
  const initialized = recordsAt(status, 'conditions').find((condition) => condition.type === 'Initialized')?.status === 'True';
  if (init.reason !== undefined && !initialized) return { reason, ready: init.ready, restarts: init.all };
  return summarizeContainers(status, { reason, ready: init.ready, restarts: init.sidecars });
}

function readinessGates(spec: JsonObject, status: JsonObject): string {
  const gates = recordsAt(spec, 'readinessGates');
  if (gates.length === 0) return '<none>';
  const conditions = recordsAt(status, 'conditions');
  const met = gates.filter((gate) => conditions.find((condition) => condition.type === gate.conditionType)?.status === 'True');
  return `${met.length}/${gates.length}`;
}

export const podCells: Cells = (pod, nowMs) => {
  const [meta, spec, status] = [recordAt(pod, 'metadata'), recordAt(pod, 'spec'), recordAt(pod, 'status')];
  const summary = summarize(spec, status);
  const { ready, restarts } = summary;
  let { reason } = summary;
  const phase = textAt(status, 'phase');
  if (has(meta, 'deletionTimestamp')) {
    if (textAt(status, 'reason') === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') reason = 'Terminating';
  }
  const total = recordsAt(spec, 'containers').length + recordsAt(spec, 'initContainers').filter(isRestartable).length;
  const restartsCell = restarts.count !== 0 && restarts.last !== '' ? `${restarts.count} (${since(restarts.last, nowMs)} ago)` : String(restarts.count);
  return [
    textAt(meta, 'name'),
    `${ready}/${total}`,
    reason,
    restartsCell,
    since(meta.creationTimestamp, nowMs),
    orNone(textAt(recordsAt(status, 'podIPs')[0], 'ip')),
    orNone(textAt(spec, 'nodeName')),
    orNone(textAt(status, 'nominatedNodeName')),
    readinessGates(spec, status),
  ];
};

/** A condition of a row. */
export interface TableRowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const completed = (reason: string, message: string): readonly TableRowCondition[] => [{ type: 'Completed', status: 'True', reason, message }];
const rowConditions: Readonly<Record<string, readonly TableRowCondition[]>> = {
  Succeeded: completed('Succeeded', 'The pod has completed successfully.'),
  Failed: completed('Failed', 'The pod failed.'),
};

/** The conditions of a pod's row: kubectl leaves out or greys pods that are done. */
export const podRowConditions = (pod: JsonObject): readonly TableRowCondition[] | undefined => rowConditions[textAt(recordAt(pod, 'status'), 'phase')];
