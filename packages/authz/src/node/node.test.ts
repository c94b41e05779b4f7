import type { KubeObject } from '@apiserver-kit/machinery';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, Verdict } from '../authorizer.js';
import { attributes, pathAttributes, user } from '../fixtures.js';
import { NodeGraph, type NodeGraphKind, nodeAuthorizer } from './index.js';

const n1 = user('system:node:n1', 'system:nodes');
const object = (kind: string, name: string, spec: object, namespace = '', more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name, ...(namespace !== '' && { namespace }), ...more }, spec }) as KubeObject;
const pod = (name: string, spec: object, more: object = {}) => object('Pod', name, { nodeName: 'n1', ...spec }, 'shop', more);

function graphOf(...objects: KubeObject[]): NodeGraph {
  const graph = new NodeGraph();
  for (const one of objects) graph.apply(one.kind as NodeGraphKind, one);
  return graph;
}
const ask = (graph: NodeGraph, given: Partial<Attributes>, by = n1) => nodeAuthorizer(graph).authorize(attributes({ user: by, ...given })) as Verdict;
const may = (graph: NodeGraph, given: Partial<Attributes>, by = n1) => ask(graph, given, by).decision === 'allow';
const secret = (name: string, namespace = 'shop') => ({ resource: 'secrets', namespace, name });

const full = pod('web', {
  serviceAccountName: 'till',
  imagePullSecrets: [{ name: 'pull' }],
  initContainers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'env' } } }] }],
  containers: [{ envFrom: [{ secretRef: { name: 'all' } }, { configMapRef: { name: 'settings' } }] }],
  ephemeralContainers: [{ env: [{ valueFrom: { configMapKeyRef: { name: 'debug' } } }] }],
  volumes: [
    { name: 'a', secret: { secretName: 'mounted' } },
    { name: 'b', projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'projected' } }] } },
    { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'd', ephemeral: {} },
    { name: 'e', csi: { nodePublishSecretRef: { name: 'csi' } } },
  ],
  resourceClaims: [{ name: 'gpu', resourceClaimName: 'own' }],
});

describe('a node', () => {
  const graph = graphOf(full);
  it.each(['pull', 'env', 'all', 'mounted', 'projected', 'csi'])('reads the secret %s that its pod needs', (name) => {
    for (const verb of ['get', 'list', 'watch']) expect(may(graph, { verb, ...secret(name) })).toBe(true);
  });
  it.each(['settings', 'debug', 'projected'])('reads the config map %s that its pod needs', (name) => {
    expect(may(graph, { resource: 'configmaps', namespace: 'shop', name })).toBe(true);
  });
  it.each(['data', 'web-d'])('reads the claim %s of its pod, and writes its status', (name) => {
    const claim = { resource: 'persistentvolumeclaims', namespace: 'shop', name };
    expect(may(graph, claim)).toBe(true);
    expect(may(graph, { ...claim, verb: 'patch', subresource: 'status' })).toBe(true);
    expect(may(graph, { ...claim, verb: 'update' })).toBe(false);
  });
  it('makes tokens for the account of its pod', () => {
    const account = { resource: 'serviceaccounts', namespace: 'shop', name: 'till' };
    expect(may(graph, account)).toBe(true);
    expect(may(graph, { ...account, verb: 'create', subresource: 'token' })).toBe(true);
    expect(may(graph, { ...account, name: 'other', verb: 'create', subresource: 'token' })).toBe(false);
  });
  it('reads the resource claims of its pods', () => {
    expect(may(graph, { apiGroup: 'resource.k8s.io', resource: 'resourceclaims', namespace: 'shop', name: 'own' })).toBe(true);
  });
  it('reads nothing that no pod of its needs, in the words of the reference', () => {
    expect(ask(graph, secret('other'))).toEqual({ decision: 'noOpinion', reason: "no relationship found between node 'n1' and this object" });
    expect(ask(graph, secret('mounted', 'bank')).decision).toBe('noOpinion');
    expect(may(graph, secret('mounted'), user('system:node:n2', 'system:nodes'))).toBe(false);
    expect(ask(graph, { verb: 'list', resource: 'secrets', namespace: 'shop' }).reason).toBe('No Object name found');
    expect(ask(graph, { verb: 'list', resource: 'secrets' }).reason).toBe('can only read namespaced object of this type');
    expect(ask(graph, { ...secret('mounted'), verb: 'update' }).reason).toBe('can only read resources of this type');
  });
  it('reads a volume through its claim, and the secrets to mount it', () => {
    const volume = object('PersistentVolume', 'pv', {
      claimRef: { namespace: 'shop', name: 'data' },
      csi: {
        nodeStageSecretRef: { namespace: 'storage', name: 'stage' },
        controllerPublishSecretRef: { namespace: 'storage', name: 'controller' },
      },
    });
    const bound = graphOf(full, volume);
    expect(may(bound, { resource: 'persistentvolumes', name: 'pv' })).toBe(true);
    expect(may(bound, secret('stage', 'storage'))).toBe(true);
    expect(may(bound, secret('controller', 'storage'))).toBe(false);
    bound.remove('Pod', 'shop', 'web');
    expect(may(bound, { resource: 'persistentvolumes', name: 'pv' })).toBe(false);
    expect(may(bound, secret('stage', 'storage'))).toBe(false);
  });
  it('gets nothing by a mirror pod, which it makes itself', () => {
    const mirror = graphOf(pod('mirror', { volumes: [{ secret: { secretName: 'mounted' } }] }, { annotations: { 'kubernetes.io/config.mirror': 'x' } }));
    expect(may(mirror, secret('mounted'))).toBe(false);
    expect(may(mirror, { namespace: 'shop', name: 'mirror' })).toBe(true);
  });
  it('reads its own pods, one by one or as a list of its own', () => {
    expect(may(graph, { namespace: 'shop', name: 'web' })).toBe(true);
    expect(may(graph, { verb: 'list', fieldSelector: 'spec.nodeName=n1' })).toBe(true);
    expect(may(graph, { verb: 'list', fieldSelector: 'spec.nodeName=n2' })).toBe(false);
    expect(may(graph, { verb: 'list', fieldSelector: 'spec.nodeName!=n1' })).toBe(false);
    expect(ask(graph, { verb: 'watch' }).reason).toBe('can only list/watch pods with spec.nodeName field selector');
  });
  it('reads its own Node, and no other', () => {
    expect(may(graph, { resource: 'nodes', name: 'n1' })).toBe(true);
    expect(ask(graph, { resource: 'nodes', name: 'n2' }).reason).toBe("node 'n1' cannot read 'n2', only its own Node object");
    expect(ask(graph, { resource: 'nodes', verb: 'list' }).reason).toBe("node 'n1' cannot read all nodes, only its own Node object");
    expect(may(graph, { resource: 'nodes', verb: 'delete', name: 'n1' })).toBe(false);
  });
  it('keeps its lease', () => {
    const lease = { apiGroup: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease', name: 'n1' };
    expect(may(graph, { ...lease, verb: 'update' })).toBe(true);
    expect(may(graph, { ...lease, name: 'n2' })).toBe(false);
    expect(ask(graph, { ...lease, namespace: 'shop' }).reason).toBe('can only access leases in the "kube-node-lease" system namespace');
  });
  it('keeps its slices, attachments and requests', () => {
    const owning = graphOf(
      object('ResourceSlice', 's', { nodeName: 'n1' }),
      object('VolumeAttachment', 'v', { nodeName: 'n2' }),
      object('PodCertificateRequest', 'r', { nodeName: 'n1' }, 'shop'),
    );
    const slices = { apiGroup: 'resource.k8s.io', resource: 'resourceslices' };
    expect(may(owning, { ...slices, verb: 'delete', name: 's' })).toBe(true);
    expect(may(owning, { ...slices, verb: 'deletecollection', fieldSelector: 'spec.nodeName=n1' })).toBe(true);
    expect(may(owning, { ...slices, verb: 'list' })).toBe(false);
    expect(may(owning, { apiGroup: 'storage.k8s.io', resource: 'volumeattachments', name: 'v' })).toBe(false);
    expect(may(owning, { apiGroup: 'certificates.k8s.io', resource: 'podcertificaterequests', namespace: 'shop', name: 'r' })).toBe(true);
    owning.replace('ResourceSlice', []);
    expect(may(owning, { ...slices, verb: 'delete', name: 's' })).toBe(false);
  });
  it('does the rest by fixed rules', () => {
    expect(may(graph, { resource: 'services', verb: 'list' })).toBe(true);
    expect(may(graph, { resource: 'services', verb: 'create' })).toBe(false);
    expect((nodeAuthorizer(graph).authorize(pathAttributes('/x', { user: n1 })) as Verdict).decision).toBe('noOpinion');
  });
});

describe('who is no node', () => {
  it('is nobody that this is about', () => {
    const graph = graphOf(full);
    expect(ask(graph, secret('mounted'), user('system:node:n1'))).toEqual({ decision: 'noOpinion', reason: '' });
    expect(ask(graph, secret('mounted'), user('jane', 'system:nodes'))).toEqual({ decision: 'noOpinion', reason: '' });
    expect(ask(graph, secret('mounted'), user('system:node:', 'system:nodes')).reason).toBe('unknown node for user "system:node:"');
  });
});

/** What the graph has to say, by a walk over all objects. */
function naive(pods: readonly KubeObject[], volumes: readonly KubeObject[], node: string, name: string): boolean {
  const uses = (claimOrSecret: (volume: { secret?: string; claim?: string }) => boolean) =>
    pods.some(({ spec }) => {
      const { nodeName, volumes: mounted } = spec as {
        nodeName?: string;
        volumes: { secret?: { secretName: string }; persistentVolumeClaim?: { claimName: string } }[];
      };
      return (
        nodeName === node &&
        mounted.some(({ secret: mountedSecret, persistentVolumeClaim }) =>
          claimOrSecret({ secret: mountedSecret?.secretName, claim: persistentVolumeClaim?.claimName }),
        )
      );
    });
  if (uses(({ secret: used }) => used === name)) return true;
  return volumes.some(({ spec }) => {
    const { claimRef, cephfs } = spec as { claimRef?: { name: string }; cephfs: { secretRef: { name: string } } };
    return claimRef !== undefined && cephfs.secretRef.name === name && uses(({ claim }) => claim === claimRef.name);
  });
}

it('the graph says what a walk over all objects would, whatever came and went', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const node = fc.constantFrom('n1', 'n2', '');
  const volumeOf = fc.oneof(
    name.map((secretName) => ({ secret: { secretName } })),
    name.map((claimName) => ({ persistentVolumeClaim: { claimName } })),
  );
  const aPod = fc.tuple(name, node, fc.array(volumeOf, { maxLength: 3 })).map(([podName, nodeName, volumes]) => pod(podName, { nodeName, volumes }));
  const aVolume = fc.tuple(name, fc.option(name, { nil: undefined }), name).map(([pvName, claim, secretName]) =>
    object('PersistentVolume', pvName, {
      ...(claim !== undefined && { claimRef: { namespace: 'shop', name: claim } }),
      cephfs: { secretRef: { name: secretName, namespace: 'shop' } },
    }),
  );
  const step = fc.tuple(fc.oneof(aPod, aVolume), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const graph = new NodeGraph();
      const there = { Pod: new Map<string, KubeObject>(), PersistentVolume: new Map<string, KubeObject>() };
      for (const [one, isRemoved] of steps) {
        const kind = one.kind as 'Pod' | 'PersistentVolume';
        if (isRemoved) {
          graph.remove(kind, one.metadata.namespace ?? '', one.metadata.name!);
          there[kind].delete(one.metadata.name!);
        } else {
          graph.apply(kind, one);
          there[kind].set(one.metadata.name!, one);
        }
      }
      for (const asked of ['n1', 'n2'])
        for (const secretName of ['a', 'b', 'c'])
          expect(graph.isRelated(asked, 'secret', 'shop', secretName)).toBe(
            naive([...there.Pod.values()], [...there.PersistentVolume.values()], asked, secretName),
          );
    }),
  );
});
