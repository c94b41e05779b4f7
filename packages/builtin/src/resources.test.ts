import { describe, expect, it } from 'vitest';
import { builtinResource, builtinResources, storageVersionHash } from './resources.js';
import { unknownFieldLabelText } from './selectable-fields.js';
import { typeOf } from './types/type-data.js';

const resource = (group: string, kind: string) => builtinResource({ group, version: 'v1', kind })!;

describe('the table of built-in resources', () => {
  it.each(builtinResources.map((row) => [`${row.group}/${row.kind}`, row] as const))('has type data for %s', (_, row) => {
    expect(typeOf(row)).toBeDefined();
  });
  it('has each resource once, and each storage path once but for the events', () => {
    const paths = builtinResources.filter((row) => !row.storedAs).map((row) => row.storagePath);
    expect(new Set(paths).size).toBe(paths.length);
    expect(new Set(builtinResources.map((row) => `${row.group}/${row.version}/${row.plural}`)).size).toBe(builtinResources.length);
  });
  it('hashes the storage version as the reference does', () => {
    expect(storageVersionHash(resource('', 'Pod'))).toBe('xPOwRZ+Yhw8=');
    expect(storageVersionHash(resource('apps', 'Deployment'))).toBe('8aSe+NMegvE=');
    expect(storageVersionHash(resource('events.k8s.io', 'Event'))).toBe('r2yiGXH7wu8=');
  });
});

describe('selectable fields', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { nodeName: 'n' }, status: { phase: 'Running', podIPs: [{ ip: '::1' }] } };
  it('have the text that selectors compare with, also where nothing is set', () => {
    const values = Object.fromEntries(Object.entries(resource('', 'Pod').selectableFields).map(([label, value]) => [label, value(pod)]));
    expect(values).toMatchObject({
      'spec.nodeName': 'n',
      'spec.hostNetwork': 'false',
      'status.phase': 'Running',
      'status.podIP': '::1',
      'spec.schedulerName': '',
    });
  });
  it('of a job count its successes from 0', () => {
    expect(resource('batch', 'Job').selectableFields['status.successful']!({ apiVersion: 'batch/v1', kind: 'Job', metadata: {} })).toBe('0');
  });
  it('have the labels of the version that is asked', () => {
    expect(resource('events.k8s.io', 'Event').fieldLabels).toMatchObject({ 'regarding.name': 'involvedObject.name' });
    expect(resource('', 'Event').selectableFields).toHaveProperty(['involvedObject.name']);
  });
  it('that a kind does not have are refused in its own words', () => {
    expect(unknownFieldLabelText(resource('', 'Pod'), 'x')).toBe('field label not supported: x');
    expect(unknownFieldLabelText(resource('batch', 'Job'), 'x')).toBe('field label "x" not supported for Job');
    expect(unknownFieldLabelText(resource('', 'ConfigMap'), 'x')).toBe('"x" is not a known field selector: only "metadata.name", "metadata.namespace"');
  });
});
