import type { ManagedFieldsEntry } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { managedFieldsFromScale, memberElement, scaleManagedFields } from './index.js';

const paths = { 'apps/v1': ['spec', 'replicas'].map(memberElement) };
const entry = (manager: string, operation: string, apiVersion: string, ...fields: string[]): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion,
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
});
const deployment = [entry('a', 'Apply', 'apps/v1', 'replicas', 'selector'), entry('b', 'Update', 'apps/v1', 'paused')];

describe('the managedFields of a Scale', () => {
  it('are those who own the replicas', () => expect(scaleManagedFields(deployment, paths)).toEqual([entry('a', 'Apply', 'autoscaling/v1', 'replicas')]));

  it('are none where nobody does', () => expect(scaleManagedFields(deployment.slice(1), paths)).toBeUndefined());
});

describe('an object whose Scale was written', () => {
  it('is owned as before by those who still own the replicas', () =>
    expect(managedFieldsFromScale(deployment, [entry('a', 'Apply', 'autoscaling/v1', 'replicas')], 'apps/v1', paths)).toEqual(deployment));

  it('loses its replicas to the one who has taken them', () => {
    const { time: _, ...taker } = { ...entry('hpa', 'Update', 'apps/v1', 'replicas'), subresource: 'scale' };
    const scale = [{ ...entry('hpa', 'Update', 'autoscaling/v1', 'replicas'), subresource: 'scale' }];
    expect(managedFieldsFromScale(deployment, scale, 'apps/v1', paths)).toEqual([entry('a', 'Apply', 'apps/v1', 'selector'), taker, deployment[1]]);
  });

  it('forgets what is owned in versions that cannot be scaled', () =>
    expect(managedFieldsFromScale([entry('x', 'Update', 'apps/v0', 'replicas')], [], 'apps/v1', paths)).toBeUndefined());
});
