/**
 * Which objects have to do with which nodes (plugin/pkg/auth/authorizer/node/graph.go).
 *
 * A node has to do with its pods, and so with what they need; with a volume, through its claim; with a volume's secrets, through the volume.
 * For each object that pods need, the nodes are counted when the pods change, so that a question is a look-up, however many pods a secret has.
 */
import { isRecord, type KubeObject } from '@apiserver-kit/machinery';
import { claimOfVolume, nodeOfPod, type NodeObjectKind, objectKey, podReferences, secretsOfVolume } from './pod-references.js';

/** The kinds whose objects the graph is fed with. */
export const nodeGraphKinds = ['Pod', 'PersistentVolume', 'VolumeAttachment', 'ResourceSlice', 'PodCertificateRequest'] as const;
export type NodeGraphKind = (typeof nodeGraphKinds)[number];

interface BoundPod {
  readonly node: string;
  /** The pod itself among them. */
  readonly keys: readonly string[];
}

interface BoundVolume {
  readonly claim: string;
  readonly secrets: readonly string[];
}

const ownKinds: Readonly<Record<Exclude<NodeGraphKind, 'Pod' | 'PersistentVolume'>, NodeObjectKind>> = {
  VolumeAttachment: 'volumeattachment',
  ResourceSlice: 'resourceslice',
  PodCertificateRequest: 'podcertificaterequest',
};

export class NodeGraph {
  readonly #pods = new Map<string, BoundPod>();
  /** For each object, by how many pods (or by itself) it has to do with a node. */
  readonly #nodes = new Map<string, Map<string, number>>();
  readonly #volumes = new Map<string, BoundVolume>();
  readonly #volumesOfSecret = new Map<string, Set<string>>();
  /** The node that an attachment, a slice or a request names. */
  readonly #owned = new Map<string, string>();

  /** Takes an object as it is now. */
  apply(kind: NodeGraphKind, object: KubeObject): void {
    if (kind === 'Pod') this.#applyPod(object);
    else if (kind === 'PersistentVolume') this.#applyVolume(object);
    else this.#applyOwned(ownKinds[kind], object);
  }

  /** Forgets an object. */
  remove(kind: NodeGraphKind, namespace: string, name: string): void {
    if (kind === 'Pod') this.#removePod(objectKey('pod', namespace, name));
    else if (kind === 'PersistentVolume') this.#removeVolume(name);
    else this.#owned.delete(objectKey(ownKinds[kind], namespace, name));
  }

  /** Forgets all objects of a kind, and takes these. */
  replace(kind: NodeGraphKind, objects: Iterable<KubeObject>): void {
    if (kind === 'Pod') for (const key of [...this.#pods.keys()]) this.#removePod(key);
    else if (kind === 'PersistentVolume') for (const name of [...this.#volumes.keys()]) this.#removeVolume(name);
    else for (const key of [...this.#owned.keys()]) if (key.startsWith(`${ownKinds[kind]}/`)) this.#owned.delete(key);
    for (const object of objects) this.apply(kind, object);
  }

  /** Whether the node has to do with the object. */
  isRelated(node: string, kind: NodeObjectKind, namespace: string, name: string): boolean {
    const key = objectKey(kind, namespace, name);
    if (this.#nodes.get(key)?.has(node) || this.#owned.get(key) === node) return true;
    if (kind === 'persistentvolume') return this.#isVolumeRelated(node, name);
    if (kind !== 'secret') return false;
    for (const volume of this.#volumesOfSecret.get(key) ?? []) if (this.#isVolumeRelated(node, volume)) return true;
    return false;
  }

  #isVolumeRelated(node: string, volume: string): boolean {
    const bound = this.#volumes.get(volume);
    return bound !== undefined && (this.#nodes.get(bound.claim)?.has(node) ?? false);
  }

  #applyPod(pod: KubeObject): void {
    const { namespace = '', name = '' } = pod.metadata;
    const key = objectKey('pod', namespace, name);
    const node = nodeOfPod(pod);
    const keys = node === '' ? [] : [key, ...podReferences(pod)];
    const before = this.#pods.get(key);
    // Most changes are of the status, and change nothing here.
    if (before?.node === node && before.keys.length === keys.length && before.keys.every((one, at) => one === keys[at])) return;
    this.#removePod(key);
    if (node === '') return;
    this.#pods.set(key, { node, keys });
    for (const one of keys) this.#count(one, node, 1);
  }

  #removePod(key: string): void {
    const pod = this.#pods.get(key);
    if (pod === undefined) return;
    this.#pods.delete(key);
    for (const one of pod.keys) this.#count(one, pod.node, -1);
  }

  #count(key: string, node: string, change: 1 | -1): void {
    let nodes = this.#nodes.get(key);
    if (nodes === undefined) this.#nodes.set(key, (nodes = new Map()));
    const count = (nodes.get(node) ?? 0) + change;
    if (count > 0) nodes.set(node, count);
    else nodes.delete(node);
    if (nodes.size === 0) this.#nodes.delete(key);
  }

  #applyVolume(volume: KubeObject): void {
    const { name = '' } = volume.metadata;
    this.#removeVolume(name);
    const claim = claimOfVolume(volume);
    if (claim === undefined) return;
    const secrets = secretsOfVolume(volume);
    this.#volumes.set(name, { claim, secrets });
    for (const secret of secrets) {
      const volumes = this.#volumesOfSecret.get(secret) ?? new Set();
      this.#volumesOfSecret.set(secret, volumes.add(name));
    }
  }

  #removeVolume(name: string): void {
    for (const secret of this.#volumes.get(name)?.secrets ?? []) {
      const volumes = this.#volumesOfSecret.get(secret);
      volumes?.delete(name);
      if (volumes?.size === 0) this.#volumesOfSecret.delete(secret);
    }
    this.#volumes.delete(name);
  }

  #applyOwned(kind: NodeObjectKind, { metadata, spec }: KubeObject): void {
    const key = objectKey(kind, metadata.namespace ?? '', metadata.name ?? '');
    const node = isRecord(spec) ? spec.nodeName : undefined;
    if (typeof node === 'string' && node !== '') this.#owned.set(key, node);
    else this.#owned.delete(key);
  }
}
