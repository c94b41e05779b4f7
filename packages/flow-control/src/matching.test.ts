import { requestInfoOf } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { flowControlBootstrap } from './bootstrap.js';
import { user } from './fixtures.js';
import { FlowControl } from './levels/flow-control.js';

const { mandatory, suggested } = flowControlBootstrap;
const flowControl = new FlowControl();
flowControl.configure([...suggested.flowSchemas, ...mandatory.flowSchemas], [...suggested.priorityLevels, ...mandatory.priorityLevels]);
void flowControl.close();

const schemaOf = (name: string, groups: string[], path: string, method = 'GET') =>
  flowControl.classify(requestInfoOf(method, path), user(name, ...groups)).schema.metadata.name;

describe('the bootstrap schemas', () => {
  it('let masters pass whatever they do', () => {
    expect(schemaOf('admin', ['system:masters'], '/api/v1/pods')).toBe('exempt');
  });
  it('let everybody ask for health', () => {
    expect(schemaOf('jane', [], '/readyz')).toBe('probes');
    expect(schemaOf('jane', [], '/readyz/etcd')).toBe('probes');
    expect(schemaOf('jane', [], '/readyz', 'POST')).toBe('global-default');
  });
  it('put leases before all', () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
    expect(schemaOf('system:kube-scheduler', [], lease, 'PUT')).toBe('system-leader-election');
    expect(schemaOf('system:serviceaccount:kube-system:x', ['system:serviceaccounts'], lease, 'PUT')).toBe('system-leader-election');
    expect(schemaOf('system:serviceaccount:kube-system-two:x', ['system:serviceaccounts'], lease, 'PUT')).toBe('service-accounts');
    expect(schemaOf('system:node:a', ['system:nodes'], '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a', 'PUT')).toBe('system-node-high');
  });
  it('tell what nodes say of themselves from what else they ask', () => {
    expect(schemaOf('system:node:a', ['system:nodes'], '/api/v1/nodes/a/status', 'PATCH')).toBe('system-node-high');
    expect(schemaOf('system:node:a', ['system:nodes'], '/api/v1/pods')).toBe('system-nodes');
  });
  it('have a place for everybody else', () => {
    expect(schemaOf('jane', [], '/api/v1/pods')).toBe('global-default');
    expect(flowControl.classify(requestInfoOf('GET', '/api'), { name: 'x', groups: [] }).schema.metadata.name).toBe('catch-all');
  });
});
