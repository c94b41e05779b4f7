import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import { configMap, configMapAttributes } from '../fixtures.js';
import {
  alwaysDeny,
  alwaysPullImages,
  defaultTolerationSeconds,
  denyServiceExternalIPs,
  extendedResourceToleration,
  limitPodHardAntiAffinityTopology,
  limitRanger,
  namespaceAutoProvision,
  namespaceExists,
  ownerReferencesPermissionEnforcement,
  taintNodesByCondition,
} from './index.js';

const pod = (spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x', namespace: 'team-a' },
  spec: { containers: [{ name: 'app', image: 'app' }], ...spec },
});
const core = (resource: string, kind: string, object: KubeObject, choices: Partial<Attributes> = {}): Attributes =>
  configMapAttributes({ resource: { group: '', version: 'v1', resource }, kind: { group: '', version: 'v1', kind }, object, ...choices });
const podWrite = (spec: Record<string, unknown> = {}, choices: Partial<Attributes> = {}): Attributes => core('pods', 'Pod', pod(spec), choices);
const specOf = (attributes: Attributes) => attributes.object!.spec as Record<string, unknown>;
const admitted = (plugin: AdmissionPlugin, attributes: Attributes) => {
  plugin.admit!(attributes);
  return specOf(attributes);
};

describe('DefaultTolerationSeconds', () => {
  it('lets pods stay for five minutes on a node that is away', () => {
    const added = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    expect(admitted(defaultTolerationSeconds(), podWrite()).tolerations).toEqual([
      added('node.kubernetes.io/not-ready'),
      added('node.kubernetes.io/unreachable'),
    ]);
  });

  it('changes nothing where the pod tolerates everything', () => {
    expect(admitted(defaultTolerationSeconds(), podWrite({ tolerations: [{ operator: 'Exists' }] })).tolerations).toEqual([{ operator: 'Exists' }]);
  });
});

describe('ExtendedResourceToleration', () => {
  it('tolerates what keeps nodes for a device that is asked for', () => {
    const containers = [{ name: 'app', resources: { requests: { cpu: '1', 'example.com/gpu': '1', 'kubernetes.io/x': '1' } } }];
    expect(admitted(extendedResourceToleration(), podWrite({ containers })).tolerations).toEqual([
      { key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ]);
  });
});

describe('TaintNodesByCondition', () => {
  it('taints new nodes once', () => {
    const attributes = core('nodes', 'Node', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
    taintNodesByCondition().admit!(attributes);
    taintNodesByCondition().admit!(attributes);
    expect(specOf(attributes).taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  });
});

describe('AlwaysPullImages', () => {
  it('has all images pulled, and refuses when that was undone', () => {
    const attributes = podWrite();
    expect(admitted(alwaysPullImages(), attributes).containers).toEqual([{ name: 'app', image: 'app', imagePullPolicy: 'Always' }]);
    alwaysPullImages().validate!(attributes);
    expect(() => alwaysPullImages().validate!(podWrite({ containers: [{ name: 'a', image: 'a', imagePullPolicy: 'Never' }] }))).toThrow(
      'pods "x" is forbidden: spec.containers[0].imagePullPolicy: Unsupported value: "Never": supported values: "Always"',
    );
  });

  it('leaves updates alone that bring no image', () => {
    alwaysPullImages().validate!(podWrite({}, { operation: 'UPDATE', oldObject: pod() }));
  });
});

describe('LimitPodHardAntiAffinityTopology', () => {
  it('refuses to keep pods off more than a node', () => {
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] };
    expect(() => limitPodHardAntiAffinityTopology().validate!(podWrite({ affinity: { podAntiAffinity } }))).toThrow(
      'pods "x" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
    );
  });
});

describe('DenyServiceExternalIPs', () => {
  const service = (externalIPs: string[]): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { externalIPs } });
  it('refuses addresses that were not there', () => {
    const write = (oldObject?: KubeObject) => core('services', 'Service', service(['1.2.3.4']), { operation: oldObject ? 'UPDATE' : 'CREATE', oldObject });
    expect(() => denyServiceExternalIPs().validate!(write())).toThrow('services "x" is forbidden: Use of external IPs is denied by admission control');
    denyServiceExternalIPs().validate!(write(service(['1.2.3.4'])));
  });
});

describe('namespaces', () => {
  it('must exist', () => {
    expect(() => namespaceExists(() => undefined).validate!(configMapAttributes())).toThrow('namespaces "team-a" not found');
  });

  it('are made, though not for a dry run', async () => {
    const made: string[] = [];
    const plugin = namespaceAutoProvision({ namespaces: () => undefined, create: async (name) => made.push(name) });
    await plugin.admit!(configMapAttributes());
    await plugin.admit!(configMapAttributes({ isDryRun: true }));
    expect(made).toEqual(['team-a']);
  });
});

describe('AlwaysDeny', () => {
  it('refuses, by the name that is still to be completed', () => {
    const attributes = configMapAttributes({ name: '', object: configMap({}, { name: undefined, generateName: 'x-' }) });
    expect(() => alwaysDeny().validate!(attributes)).toThrow('configmaps "x-" is forbidden: admission control is denying all modifications');
  });
});

describe('LimitRanger', () => {
  const range = (...limits: Record<string, unknown>[]): KubeObject => ({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'r' }, spec: { limits } });
  const plugin = (...limits: Record<string, unknown>[]) => limitRanger(() => [range(...limits)]);

  it('fills in what containers do not ask for, and says so', () => {
    const attributes = podWrite({ containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }], initContainers: [{ name: 'init' }] });
    plugin({ type: 'Container', default: { memory: '1Gi' }, defaultRequest: { cpu: '100m', memory: '500Mi' } }).admit!(attributes);
    expect(specOf(attributes)).toEqual({
      containers: [{ name: 'app', resources: { requests: { cpu: '1', memory: '500Mi' }, limits: { memory: '1Gi' } } }],
      initContainers: [{ name: 'init', resources: { requests: { cpu: '100m', memory: '500Mi' }, limits: { memory: '1Gi' } } }],
    });
    expect(attributes.object!.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: memory request for container app; memory limit for container app; cpu, memory request for init container init; memory limit for init container init',
    });
  });

  it.each([
    [{ type: 'Container', max: { cpu: '1' } }, 'maximum cpu usage per Container is 1, but limit is 2'],
    [{ type: 'Container', max: { memory: '1Gi' } }, 'maximum memory usage per Container is 1Gi.  No limit is specified'],
    [{ type: 'Container', min: { cpu: '1500m' } }, 'minimum cpu usage per Container is 1500m, but request is 1'],
    [{ type: 'Container', min: { memory: '1Gi' } }, 'minimum memory usage per Container is 1Gi.  No request is specified'],
    [{ type: 'Container', maxLimitRequestRatio: { cpu: '1500m' } }, 'cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000'],
    [{ type: 'Pod', max: { cpu: '1' } }, 'maximum cpu usage per Pod is 1, but limit is 2'],
    [
      { type: 'Container', max: { cpu: '1' }, min: { cpu: '1500m' } },
      '[minimum cpu usage per Container is 1500m, but request is 1, maximum cpu usage per Container is 1, but limit is 2]',
    ],
  ])('refuses what is out of bounds: %j', (limit, message) => {
    const containers = [{ name: 'app', resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }];
    expect(() => plugin(limit).validate!(podWrite({ containers }))).toThrow(`pods "x" is forbidden: ${message}`);
  });

  it('counts init containers with those that they run beside', () => {
    const asks = (cpu: string, choices = {}) => ({ name: 'a', resources: { requests: { cpu }, limits: { cpu } }, ...choices });
    const spec = { containers: [asks('1')], initContainers: [asks('1', { restartPolicy: 'Always' }), asks('3')] };
    expect(() => plugin({ type: 'Pod', max: { cpu: '3' } }).validate!(podWrite(spec))).toThrow('maximum cpu usage per Pod is 3, but limit is 4');
    plugin({ type: 'Pod', max: { cpu: '4' } }).validate!(podWrite(spec));
  });

  it('holds claims to what they ask for', () => {
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { resources: { requests: { storage: '2Gi' } } },
    };
    expect(() =>
      plugin({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }).validate!(core('persistentvolumeclaims', 'PersistentVolumeClaim', claim)),
    ).toThrow('maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi');
  });

  it('leaves pods alone that are there', () => {
    plugin({ type: 'Container', min: { cpu: '8' } }).validate!(podWrite({}, { operation: 'UPDATE', oldObject: pod() }));
  });
});

describe('OwnerReferencesPermissionEnforcement', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1', blockOwnerDeletion: true };
  const plugin = (...allowed: string[]) =>
    ownerReferencesPermissionEnforcement({
      mayUser: (_, { verb, resource, subresource }) => ({ allowed: allowed.includes(`${verb} ${resource}/${subresource}`), reason: 'no role' }),
      resourcesOf: ({ kind }) => (kind === 'Pod' ? [{ group: '', version: 'v1', resource: 'pods', namespaced: true }] : []),
    });
  const create = (blockOwnerDeletion: boolean) => configMapAttributes({ object: configMap({}, { ownerReferences: [{ ...owner, blockOwnerDeletion }] }) });
  const update = configMapAttributes({
    operation: 'UPDATE',
    object: configMap({}, { ownerReferences: [{ ...owner, blockOwnerDeletion: false }] }),
    oldObject: configMap(),
  });

  it('lets new objects have owners that they do not hold up', async () => {
    await plugin().validate!(create(false));
  });

  it('refuses to hold up an owner that the user may not finalize', async () => {
    await expect(plugin().validate!(create(true))).rejects.toThrow(
      'configmaps "x" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: no role, <nil>',
    );
    await plugin('update pods/finalizers').validate!(create(true));
    await plugin('update */finalizers').validate!(create(true));
  });

  it('refuses to give an object an owner that the user may not delete', async () => {
    await expect(plugin().validate!(update)).rejects.toThrow("cannot set an ownerRef on a resource you can't delete: no role, <nil>");
    await plugin('delete configmaps/').validate!(update);
  });
});
