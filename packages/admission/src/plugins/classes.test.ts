import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../admission.js';
import { configMapAttributes } from '../fixtures.js';
import { defaultIngressClass, defaultStorageClass, priority } from './index.js';

const write = (group: string, resource: string, kind: string, object: Partial<KubeObject>, choices: Partial<Attributes> = {}): Attributes =>
  configMapAttributes({
    resource: { group, version: 'v1', resource },
    kind: { group, version: 'v1', kind },
    object: { apiVersion: 'v1', kind, metadata: { name: 'x' }, ...object },
    ...choices,
  });
const specOf = ({ object }: Attributes) => object!.spec;

describe('DefaultStorageClass', () => {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const storageClass = (name: string, creationTimestamp: string, isDefault = true): KubeObject => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, creationTimestamp, ...(isDefault && { annotations }) },
  });
  const admit = (claim: Partial<KubeObject>, ...classes: KubeObject[]) => {
    const attributes = write('', 'persistentvolumeclaims', 'PersistentVolumeClaim', claim);
    defaultStorageClass(() => classes).admit!(attributes);
    return specOf(attributes);
  };

  it('gives claims without a class the newest default', () => {
    const [old, young] = [storageClass('old', '2026-01-01T00:00:00Z'), storageClass('young', '2026-02-01T00:00:00Z')];
    expect(admit({ spec: {} }, old, young, storageClass('none', '2026-03-01T00:00:00Z', false))).toEqual({ storageClassName: 'young' });
    expect(admit({ spec: {} })).toEqual({});
  });

  it('leaves claims alone that ask for a class, or for none', () => {
    const one = storageClass('one', '2026-01-01T00:00:00Z');
    expect(admit({ spec: { storageClassName: '' } }, one)).toEqual({ storageClassName: '' });
    expect(admit({ spec: {}, metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } } }, one)).toEqual({});
  });
});

describe('DefaultIngressClass', () => {
  it('gives ingresses without a class the default', () => {
    const attributes = write('networking.k8s.io', 'ingresses', 'Ingress', { spec: {} });
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    defaultIngressClass(() => [{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'one', annotations } }]).admit!(attributes);
    expect(specOf(attributes)).toEqual({ ingressClassName: 'one' });
  });
});

describe('Priority', () => {
  const priorityClass = (name: string, value: number, choices: Record<string, unknown> = {}): KubeObject => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    ...choices,
  });
  const admit = (spec: Record<string, unknown>, ...classes: KubeObject[]) => {
    const attributes = write('', 'pods', 'Pod', { spec: { containers: [], ...spec } });
    priority(() => classes).admit!(attributes);
    return specOf(attributes);
  };

  it('gives pods the number of their class, or of the default', () => {
    expect(admit({})).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    const high = priorityClass('high', 1000, { preemptionPolicy: 'Never' });
    expect(admit({ priorityClassName: 'high' }, high)).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' });
    expect(admit({}, high, priorityClass('usual', 10, { globalDefault: true }))).toMatchObject({ priorityClassName: 'usual', priority: 10 });
    expect(admit({ priorityClassName: 'system-node-critical' })).toMatchObject({ priority: 2_000_001_000 });
  });

  it('refuses classes that there are not, and numbers that are not theirs', () => {
    expect(() => admit({ priorityClassName: 'none' })).toThrow('pods "x" is forbidden: no PriorityClass with name none was found');
    expect(() => admit({ priority: 7 })).toThrow(
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    );
  });

  it('lets one class only be the default', () => {
    const one = priorityClass('one', 1, { globalDefault: true });
    const create = write('scheduling.k8s.io', 'priorityclasses', 'PriorityClass', priorityClass('x', 2, { globalDefault: true }));
    expect(() => priority(() => [one]).validate!(create)).toThrow('PriorityClass one is already marked as default. Only one default can exist');
  });
});
