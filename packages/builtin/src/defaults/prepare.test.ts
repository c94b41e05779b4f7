import { describe, expect, it } from 'vitest';
import { decodeBuiltin } from '../types/decode.js';
import { typeOf } from '../types/type-data.js';
import { defaultBuiltin } from './default-builtin.js';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './prepare.js';

const gvkOf = (group: string, kind: string) => ({ group, version: 'v1', kind });
const now = Date.UTC(2026, 0, 1);

function read(group: string, kind: string, value: Record<string, unknown>): Record<string, unknown> {
  const { object } = decodeBuiltin(typeOf(gvkOf(group, kind))!, { metadata: { name: 'x', uid: 'u' }, ...value });
  defaultBuiltin(gvkOf(group, kind), object);
  return object;
}
function created(group: string, kind: string, value: Record<string, unknown>): Record<string, unknown> {
  const object = read(group, kind, value);
  prepareForCreate(gvkOf(group, kind), object, now);
  return object;
}

describe('an object that is created', () => {
  it('loses the status that the client sent, and starts at generation 1', () => {
    expect(created('apps', 'Deployment', { status: { replicas: 5 } })).toMatchObject({ status: {}, metadata: { generation: 1 } });
  });
  it('keeps it where it is a node', () => {
    expect(created('', 'Node', { status: { phase: 'Running' } })).toMatchObject({ status: { phase: 'Running' } });
  });
  it.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  ])('has the quality of service of its resources if it is a pod: %j', (resources, qosClass) => {
    expect(created('', 'Pod', { spec: { containers: [{ name: 'c', resources }] } }).status).toEqual({ phase: 'Pending', qosClass });
  });
  it('has the finalizer of the system if it is a namespace', () => {
    expect(created('', 'Namespace', {})).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  });
  it('selects its pods by its uid if it is a job', () => {
    expect(created('batch', 'Job', {}).spec).toMatchObject({
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      template: { metadata: { labels: { 'controller-uid': 'u', 'job-name': 'x' } } },
    });
    expect(created('batch', 'Job', { spec: { manualSelector: true } }).spec).not.toHaveProperty('selector');
  });
});

describe('an object that is updated', () => {
  const updated = (kind: string, old: Record<string, unknown>, value: Record<string, unknown>, group = '') => {
    const object = read(group, kind, value);
    prepareForUpdate(gvkOf(group, kind), object, created(group, kind, old));
    return object;
  };
  it('raises its generation when its spec changes, and only then', () => {
    expect(updated('Deployment', {}, { spec: { replicas: 2 } }, 'apps')).toMatchObject({ metadata: { generation: 2 } });
    expect(updated('Deployment', {}, { metadata: { name: 'x', labels: { a: 'b' } } }, 'apps')).toMatchObject({ metadata: { generation: 1 } });
    expect(updated('Deployment', {}, { metadata: { name: 'x', annotations: { a: 'b' } } }, 'apps')).toMatchObject({ metadata: { generation: 2 } });
  });
  it('keeps its status', () => {
    expect(updated('Pod', {}, { status: { phase: 'Failed' } })).toMatchObject({ status: { phase: 'Pending' } });
  });
  it('keeps the addresses it was given if it is a service', () => {
    const ports = [{ port: 80, nodePort: 30080 }];
    expect(
      updated('Service', { spec: { type: 'NodePort', clusterIP: '10.0.0.1', ports } }, { spec: { type: 'NodePort', ports: [{ port: 81 }] } }).spec,
    ).toMatchObject({
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ports: [{ port: 81, nodePort: 30080 }],
    });
  });
});

describe('an object that is written through its status', () => {
  it('keeps its spec and its generation', () => {
    const old = created('apps', 'Deployment', {});
    const object = read('apps', 'Deployment', { spec: { replicas: 9 }, status: { replicas: 1 } });
    prepareForStatusUpdate(gvkOf('apps', 'Deployment'), object, old, 0);
    expect(object).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 }, metadata: { generation: 1 } });
  });
});
