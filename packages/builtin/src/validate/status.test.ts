import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { validateFinalizers, validateStatus } from './status.js';

const check = (group: string, kind: string, status: object, oldStatus: object = {}, metadata: object = {}): string[] =>
  validateStatus({ group, version: 'v1', kind }, { metadata, status }, { metadata, status: oldStatus }).map(fieldErrorText);

describe('the status of a workload', () => {
  it('counts nothing below zero', () => {
    expect(check('apps', 'Deployment', { observedGeneration: -1 })).toEqual([
      'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
    ]);
    expect(check('batch', 'Job', { active: -1, failed: 1 })).toHaveLength(1);
  });
  it('has no part that is more than the whole', () => {
    expect(check('apps', 'StatefulSet', { replicas: 1, readyReplicas: 1, currentReplicas: 2 })).toEqual([
      'status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ]);
    expect(check('apps', 'StatefulSet', { replicas: 2, readyReplicas: 1, availableReplicas: 2 })).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
    ]);
    expect(check('apps', 'ReplicaSet', { replicas: 2, readyReplicas: 1, availableReplicas: 2 })).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
    ]);
  });
  it('never counts fewer collisions than before', () => {
    expect(check('apps', 'DaemonSet', { collisionCount: 1 }, { collisionCount: 2 })).toEqual([
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });
});

describe('the status of a namespace', () => {
  it('is that of its deletion', () => {
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(check('', 'Namespace', { phase: 'Active' })).toEqual([]);
    expect(check('', 'Namespace', { phase: 'Terminating' }, {}, deleted)).toEqual([]);
    expect(check('', 'Namespace', { phase: 'Active' }, {}, deleted)).toEqual([
      'status.Phase: Invalid value: "Active": may only be \'Terminating\' if `deletionTimestamp` is not empty',
    ]);
  });
});

describe('the status of a pod', () => {
  it('has conditions of qualified names, and those that all pods have', () => {
    expect(check('', 'Pod', { conditions: [{ type: 'Ready' }, { type: 'example.com/warm' }] })).toEqual([]);
    expect(check('', 'Pod', { conditions: [{ type: 'a b' }] })[0]).toContain('status.conditions[0].Type: Invalid value: "a b"');
  });
  it('keeps its quality of service', () => {
    expect(check('', 'Pod', { qosClass: 'Burstable' }, { qosClass: 'BestEffort' })).toEqual([
      'status.qosClass: Invalid value: "Burstable": field is immutable',
    ]);
  });
});

describe('finalizers of a namespace', () => {
  it('are the old ones, or have a domain', () => {
    expect(validateFinalizers({ spec: { finalizers: ['kubernetes', 'example.com/mine'] } })).toEqual([]);
    expect(validateFinalizers({ spec: { finalizers: ['mine'] } }).map(fieldErrorText)).toEqual([
      'spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });
});
