/**
 * Who owns whom: the objects that have owners, those owners, and those that wait for their dependents
 * (pkg/controller/garbagecollector/graph_builder.go). All other objects leave no trace here.
 */
import type { ObjectMeta, OwnerReference } from '@apiserver-kit/machinery';
import { foregroundFinalizer, orphanFinalizer } from '@apiserver-kit/rest';
import type { Place } from './place.js';

/** An object in the graph. Read it; only the graph writes to it. */
export interface Node {
  readonly uid: string;
  /** Undefined: others say that they are owned by it, and nobody has seen it. */
  place: Place | undefined;
  owners: readonly OwnerReference[];
  readonly dependents: Set<Node>;
  isBeingDeleted: boolean;
  /** It goes when the dependents that block have gone. */
  isDeletingDependents: boolean;
  /** It goes when its dependents have no reference to it. */
  isOrphaning: boolean;
}

/** What the graph asks for. Called in the middle of a change: to be done later. */
export interface GraphWork {
  /** Look whether the object still has owners, or, if it waits for its dependents, whether it has any. */
  judge(uid: string): void;
  /** Take the reference to the object out of its dependents, then let it go. */
  orphan(uid: string): void;
}

const blocks = ({ blockOwnerDeletion }: OwnerReference): boolean => blockOwnerDeletion === true;
const noOwners: readonly OwnerReference[] = [];

/** The dependents that an object which is deleted in the foreground waits for. */
export const blockingDependents = (node: Node): Node[] =>
  [...node.dependents].filter(({ owners }) => owners.some((owner) => owner.uid === node.uid && blocks(owner)));

export class Graph {
  readonly #nodes = new Map<string, Node>();
  readonly #byKey = new Map<string, Node>();

  constructor(private readonly work: GraphWork) {}

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid);
  }

  /** Whether an object in the graph is known to be under this key of the storage. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** The keys under which objects of a store are known. */
  keysIn(prefix: string): string[] {
    return [...this.#byKey.keys()].filter((key) => key.startsWith(`${prefix}/`));
  }

  /** Takes in an object as it is now. One that has no owners, owns nothing, and waits for nothing is not kept. */
  observe(place: Place, { uid = '', ownerReferences = [], finalizers = [], deletionTimestamp }: ObjectMeta): void {
    if (uid === '') return;
    const other = this.#byKey.get(place.key);
    if (other && other.uid !== uid) this.gone(place.key);
    const isBeingDeleted = Boolean(deletionTimestamp);
    const isOrphaning = isBeingDeleted && finalizers.includes(orphanFinalizer);
    const isDeletingDependents = isBeingDeleted && finalizers.includes(foregroundFinalizer);
    if (!this.#nodes.has(uid) && ownerReferences.length === 0 && !isOrphaning && !isDeletingDependents) return;
    const node = this.#nodeOf(uid);
    if (node.place?.key !== place.key) this.#place(node, place);
    this.#setOwners(node, ownerReferences);
    const was = { isOrphaning: node.isOrphaning, isDeletingDependents: node.isDeletingDependents };
    Object.assign(node, { isBeingDeleted, isOrphaning, isDeletingDependents });
    if (isOrphaning) {
      if (!was.isOrphaning) this.work.orphan(uid);
    } else if (isDeletingDependents && !was.isDeletingDependents) {
      for (const dependent of node.dependents) this.work.judge(dependent.uid);
      this.work.judge(uid);
    }
    this.#tidy(node);
  }

  /** Takes in that there is nothing under a key any more. */
  gone(key: string): void {
    const node = this.#byKey.get(key);
    if (!node) return;
    const { owners } = node;
    this.forget(key);
    for (const dependent of node.dependents) this.work.judge(dependent.uid);
    for (const { uid } of owners) if (this.#nodes.get(uid)?.isDeletingDependents) this.work.judge(uid);
  }

  /** Lets go of what is known of a key, without a conclusion: its resource is not served any more. */
  forget(key: string): void {
    const node = this.#byKey.get(key);
    if (!node) return;
    this.#byKey.delete(key);
    for (const { uid } of node.owners) this.#removeDependent(uid, node);
    Object.assign(node, { place: undefined, owners: noOwners, isBeingDeleted: false, isOrphaning: false, isDeletingDependents: false });
    this.#tidy(node);
  }

  #nodeOf(uid: string): Node {
    let node = this.#nodes.get(uid);
    if (!node) {
      node = { uid, place: undefined, owners: noOwners, dependents: new Set(), isBeingDeleted: false, isDeletingDependents: false, isOrphaning: false };
      this.#nodes.set(uid, node);
    }
    return node;
  }

  #place(node: Node, place: Place): void {
    if (node.place) this.#byKey.delete(node.place.key);
    node.place = place;
    this.#byKey.set(place.key, node);
  }

  #setOwners(node: Node, owners: readonly OwnerReference[]): void {
    const before = node.owners;
    if (before === owners) return;
    node.owners = owners;
    const now = new Map(owners.map((owner) => [owner.uid, owner]));
    for (const reference of before) {
      const kept = now.get(reference.uid);
      const isUnblocked = blocks(reference) && !(kept && blocks(kept));
      if (!kept) this.#removeDependent(reference.uid, node);
      if (isUnblocked && this.#nodes.has(reference.uid)) this.work.judge(reference.uid);
    }
    const known = new Set(before.map(({ uid }) => uid));
    const added = owners.filter(({ uid }) => !known.has(uid));
    let isDoubtful = false;
    for (const reference of added) {
      const owner = this.#nodeOf(reference.uid);
      owner.dependents.add(node);
      isDoubtful ||= !isOwner(reference, owner, node);
    }
    if (isDoubtful) this.work.judge(node.uid);
  }

  #removeDependent(ownerUid: string, node: Node): void {
    const owner = this.#nodes.get(ownerUid);
    if (!owner) return;
    owner.dependents.delete(node);
    this.#tidy(owner);
  }

  #tidy(node: Node): void {
    if (node.dependents.size > 0 || node.owners.length > 0 || node.isOrphaning || node.isDeletingDependents) return;
    this.#nodes.delete(node.uid);
    if (node.place) this.#byKey.delete(node.place.key);
  }
}

/** Whether an owner is known to be what a dependent says of it. */
function isOwner({ apiVersion, kind, name }: OwnerReference, { place: owner }: Node, { place: dependent }: Node): boolean {
  if (!owner) return false;
  const { group, version, kind: ownKind } = owner.resource;
  const isNear = owner.namespace === '' || owner.namespace === dependent?.namespace;
  return isNear && owner.name === name && ownKind === kind && apiVersion === (group === '' ? version : `${group}/${version}`);
}
