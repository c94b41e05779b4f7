import { fieldManager } from '@apiserver-kit/apply';
import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { decodeBuiltin } from './decode.js';
import { builtinMergeType } from './merge-type.js';
import { typeOf } from './type-data.js';

const gvk = { group: 'apps', version: 'v1', kind: 'StatefulSet' };
const decoded = (value: object): KubeObject => decodeBuiltin(typeOf(gvk)!, value).object as KubeObject;
const statefulSets = fieldManager({ kind: gvk, type: () => builtinMergeType(gvk), empty: () => decoded({ apiVersion: 'apps/v1', kind: 'StatefulSet' }) });
const config = (): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'a' },
  spec: {
    serviceName: 's',
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], volumeMounts: [{ name: 'd', mountPath: '/d' }] }] },
    },
    volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'] } }],
  },
});

describe('the merge type of a built-in kind', () => {
  it('is one, however often it is asked for', () => expect(builtinMergeType(gvk)).toBe(builtinMergeType({ ...gvk })));

  it('is none for a kind that there is not', () => expect(builtinMergeType({ ...gvk, kind: 'Nope' })).toBeUndefined());

  it('gives a create the fields of what is not zero, and the lists, maps and items that come with them', () => {
    const created = statefulSets.tryUpdate(undefined, decoded(config()), 'm', 0) as KubeObject;
    expect(created.metadata.managedFields?.[0]?.fieldsV1).toEqual({
      'f:spec': {
        'f:selector': {},
        'f:serviceName': {},
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:name': {},
                'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                'f:resources': {},
                'f:volumeMounts': { '.': {}, 'k:{"mountPath":"/d"}': { '.': {}, 'f:mountPath': {}, 'f:name': {} } },
              },
            },
          },
        },
        'f:volumeClaimTemplates': {},
      },
    });
  });

  it('gives an apply the fields that it names', () => {
    const applied = statefulSets.apply(undefined, config(), 'm', { nowMs: 0 }) as KubeObject;
    expect(applied.metadata.managedFields?.[0]?.fieldsV1).toMatchObject({
      'f:spec': { 'f:template': { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { 'f:name': {} } } } } },
    });
  });

  it('refuses what the kind does not have', () =>
    expect(() => statefulSets.apply(undefined, { ...config(), nope: 1 }, 'm', { nowMs: 0 })).toThrow(
      'failed to create typed patch object (/a; apps/v1, Kind=StatefulSet): .nope: field not declared in schema',
    ));
});
