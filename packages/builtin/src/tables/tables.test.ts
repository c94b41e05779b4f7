import { describe, expect, it } from 'vitest';
import { defaultBuiltin } from '../defaults/default-builtin.js';
import { builtinResources } from '../resources.js';
import { decodeBuiltin } from '../types/decode.js';
import { typeOf } from '../types/type-data.js';
import { humanDuration } from './human-duration.js';
import { tableColumns, tableRow, tableRowConditions } from './tables.js';

const now = Date.UTC(2026, 0, 2);
const gvkOf = (group: string, kind: string) => ({ group, version: 'v1', kind });

function row(group: string, kind: string, value: Record<string, unknown>): unknown[] {
  const gvk = gvkOf(group, kind);
  const { object } = decodeBuiltin(typeOf(gvk)!, { metadata: { name: 'x', creationTimestamp: '2026-01-01T23:55:00Z' }, ...value });
  defaultBuiltin(gvk, object);
  return tableRow(gvk, object, now);
}

describe('a table', () => {
  it.each(builtinResources.map((resource) => [`${resource.group}/${resource.kind}`, resource] as const))('of %s has a cell for each column', (_, resource) => {
    expect(row(resource.group, resource.kind, {})).toHaveLength(tableColumns(resource).length);
  });
  it('of a kind without columns of its own shows when objects were made', () => {
    expect(tableColumns(gvkOf('', 'LimitRange')).map((column) => column.name)).toEqual(['Name', 'Created At']);
    expect(row('', 'LimitRange', {})).toEqual(['x', '2026-01-01T23:55:00Z']);
  });
});

describe("a pod's row", () => {
  const containers = [{ name: 'a' }, { name: 'b' }];
  it('counts ready containers and says when the last restart was', () => {
    const status = {
      phase: 'Running',
      containerStatuses: [
        { name: 'a', ready: true, restartCount: 2, state: { running: {} }, lastState: { terminated: { finishedAt: '2026-01-01T23:59:00Z' } } },
        { name: 'b', ready: false, restartCount: 0, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    };
    expect(row('', 'Pod', { spec: { containers, nodeName: 'n' }, status })).toEqual([
      'x',
      '1/2',
      'CrashLoopBackOff',
      '2 (60s ago)',
      '5m',
      '<none>',
      'n',
      '<none>',
      '<none>',
    ]);
  });
  it('says which init container it waits for', () => {
    const status = {
      initContainerStatuses: [
        { name: 'i', state: { terminated: { exitCode: 0 } } },
        { name: 'j', state: { running: {} } },
      ],
    };
    expect(row('', 'Pod', { spec: { containers, initContainers: [{ name: 'i' }, { name: 'j' }] }, status })[2]).toBe('Init:1/2');
  });
  it('says that it is terminating', () => {
    const metadata = { name: 'x', deletionTimestamp: '2026-01-01T23:55:00Z' };
    expect(row('', 'Pod', { metadata, spec: { containers }, status: { phase: 'Running' } })[2]).toBe('Terminating');
  });
  it('has a condition when the pod is done', () => {
    expect(tableRowConditions(gvkOf('', 'Pod'), { status: { phase: 'Succeeded' } })).toMatchObject([{ type: 'Completed', reason: 'Succeeded' }]);
  });
});

describe('rows', () => {
  it('of services show node ports', () => {
    const spec = {
      type: 'NodePort',
      clusterIPs: ['10.0.0.1'],
      ports: [
        { port: 80, nodePort: 30080 },
        { port: 53, protocol: 'UDP' },
      ],
      selector: { a: 'b' },
    };
    expect(row('', 'Service', { spec })).toEqual(['x', 'NodePort', '10.0.0.1', '<none>', '80:30080/TCP,53/UDP', '5m', 'a=b']);
  });
  it('of deployments show the selector', () => {
    const spec = { replicas: 3, selector: { matchLabels: { a: 'b' } }, template: { spec: { containers: [{ name: 'c', image: 'i' }] } } };
    expect(row('apps', 'Deployment', { spec, status: { readyReplicas: 1 } })).toEqual(['x', '1/3', 0, 0, '5m', 'c', 'i', 'a=b']);
  });
  it('of events of both versions are the same', () => {
    const metadata = { name: 'e' };
    const core = row('', 'Event', { metadata, involvedObject: { kind: 'Pod', name: 'p' }, message: 'hi ', eventTime: '2026-01-01T23:59:58.000000Z' });
    expect(core).toEqual(['2s', '', '', 'pod/p', '', '', 'hi', '2s', 1, 'e']);
    expect(row('events.k8s.io', 'Event', { metadata, regarding: { kind: 'Pod', name: 'p' }, note: 'hi ', eventTime: '2026-01-01T23:59:58.000000Z' })).toEqual(
      core,
    );
  });
  it('of nodes show roles and readiness', () => {
    const metadata = { name: 'n', labels: { 'node-role.kubernetes.io/control-plane': '' } };
    const cells = row('', 'Node', { metadata, spec: { unschedulable: true }, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    expect(cells.slice(0, 3)).toEqual(['n', 'Ready,SchedulingDisabled', 'control-plane']);
  });
});

describe('a duration', () => {
  it.each([
    [-5000, '<invalid>'],
    [-1500, '0s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [185_000, '3m5s'],
    [11 * 60_000, '11m'],
    [3.5 * 3_600_000, '3h30m'],
    [47 * 3_600_000, '47h'],
    [75 * 3_600_000, '3d3h'],
    [400 * 86_400_000, '400d'],
    [800 * 86_400_000, '2y70d'],
    [3000 * 86_400_000, '8y'],
  ])('of %d ms is %s', (ms, text) => expect(humanDuration(ms)).toBe(text));
});
