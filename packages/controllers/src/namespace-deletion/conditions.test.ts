import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { type NamespaceCondition, withConditions } from './conditions.js';
import type { Remaining } from './content.js';

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' }, status: { phase: 'Terminating' } };
const conditionsOf = (object: KubeObject | undefined) => (object!.status as { conditions: NamespaceCondition[] }).conditions;
const remaining = (group: string, resource: string, count: number, finalizers: Record<string, number> = {}) =>
  ({ resource: { group, resource }, count, finalizers: new Map(Object.entries(finalizers)) }) as unknown as Remaining;
const well = { contentErrors: [], remaining: [] };

describe('the conditions of a namespace that goes', () => {
  it('say that all is well', () => {
    expect(conditionsOf(withConditions(namespace, well, 0)).map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered'],
      ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions'],
      ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted'],
      ['NamespaceContentRemaining', 'False', 'ContentRemoved'],
      ['NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers'],
    ]);
  });

  it('say what is left and which finalizers hold it', () => {
    const findings = {
      contentErrors: [new Error('second'), new Error('first')],
      remaining: [remaining('', 'pods', 2, { 'x/b': 1, 'x/a': 2 }), remaining('apps', 'deployments', 1, { 'x/a': 1 })],
    };
    const messages = conditionsOf(withConditions(namespace, findings, 0)).filter(({ status }) => status === 'True');
    expect(messages.map(({ reason, message }) => [reason, message])).toEqual([
      ['ContentDeletionFailed', 'Failed to delete all resource types, 2 remaining: first, second'],
      ['SomeResourcesRemain', 'Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances'],
      ['SomeFinalizersRemain', 'Some content in the namespace has finalizers remaining: x/a in 3 resource instances, x/b in 1 resource instances'],
    ]);
  });

  it('change only where there is news, and keep the time of the last transition', () => {
    const once = withConditions(namespace, { ...well, remaining: [remaining('', 'pods', 2)] }, 0);
    expect(withConditions(once!, { ...well, remaining: [remaining('', 'pods', 2)] }, 1000)).toBeUndefined();
    const fewer = conditionsOf(withConditions(once!, { ...well, remaining: [remaining('', 'pods', 1)] }, 1000));
    expect(fewer.find(({ type }) => type === 'NamespaceContentRemaining')?.lastTransitionTime).toBe('1970-01-01T00:00:00Z');
    const none = conditionsOf(withConditions(once!, well, 1000));
    expect(none.find(({ type }) => type === 'NamespaceContentRemaining')).toMatchObject({ status: 'False', lastTransitionTime: '1970-01-01T00:00:01Z' });
  });
});
