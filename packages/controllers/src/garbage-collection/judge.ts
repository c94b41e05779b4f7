/** What becomes of an object whose owners have gone, or are going (pkg/controller/garbagecollector/garbagecollector.go). */
import type { KubeObject, OwnerReference } from '@apiserver-kit/machinery';
import { type ApiRegistry, foregroundFinalizer, orphanFinalizer } from '@apiserver-kit/rest';
import type { Calls } from './calls.js';
import { blockingDependents, type Graph, type Node } from './graph.js';
import { kindOf, type Place, read, resourceOfKind } from './place.js';

/** `done`, or `unknownKind`: a reference is to a kind that is not served, and nothing can be said before it is. */
export type Judgement = 'done' | 'unknownKind';

/** What a reference leads to: an owner, one that waits for its dependents, none, something that cannot be, or something of an unknown kind. */
type Standing = 'solid' | 'waiting' | 'dangling' | 'impossible' | 'unknownKind';

export interface JudgeOptions {
  readonly registry: ApiRegistry;
  readonly graph: Graph;
  readonly calls: Calls;
  /** Tells users of an object that names an owner in another namespace: there cannot be one. */
  readonly tellOfNamespace: (uid: string, dependent: Place, reference: OwnerReference) => void;
  /** Has another object judged. */
  readonly judge: (uid: string) => void;
}

/** Looks at an object, and deletes it, or changes its references, if that is called for. */
export async function judgeObject(uid: string, options: JudgeOptions): Promise<Judgement> {
  const { graph, calls } = options;
  const node = graph.get(uid);
  // Of who is only said to exist, there is nothing to do: who say so are judged themselves.
  if (!node?.place) return 'done';
  const { place } = node;
  // What is on its way out goes when it goes; then its dependents are judged.
  if (node.isBeingDeleted && !node.isDeletingDependents) return 'done';
  const live = await read(place);
  if (live?.metadata.uid !== uid) {
    graph.gone(place.key);
    return 'done';
  }
  if (node.isDeletingDependents) {
    await letGo(node, place, options);
    return 'done';
  }
  const owners = live.metadata.ownerReferences ?? [];
  if (owners.length === 0) return 'done';
  const standings = await Promise.all(owners.map((owner) => standingOf(uid, owner, place, options)));
  if (standings.includes('unknownKind')) return 'unknownKind';
  // This will never be otherwise, and says nothing about the other references.
  if (standings.includes('impossible')) return 'done';
  if (!standings.includes('solid')) {
    await collect(node, place, live, standings.includes('waiting'), calls);
    return 'done';
  }
  const useless = new Set(owners.flatMap((owner, i) => (standings[i] === 'solid' ? [] : [owner.uid])));
  if (useless.size > 0) await calls.changeOwners(place, uid, (references) => references.filter((reference) => !useless.has(reference.uid)));
  return 'done';
}

/** Lets an object go that waits for its dependents, if none that blocks is left; else sees to it that they go. */
async function letGo(node: Node, place: Place, { calls, judge }: JudgeOptions): Promise<void> {
  const blocking = blockingDependents(node);
  if (blocking.length === 0) await calls.removeFinalizer(place, node.uid, foregroundFinalizer);
  for (const dependent of blocking) if (!dependent.isDeletingDependents) judge(dependent.uid);
}

async function standingOf(uid: string, reference: OwnerReference, dependent: Place, { registry, graph, tellOfNamespace }: JudgeOptions): Promise<Standing> {
  const registered = resourceOfKind(registry, reference.apiVersion, reference.kind);
  if (!registered) return 'unknownKind';
  const { namespaced } = registered.description;
  if (namespaced && dependent.namespace === '') return 'impossible';
  const kind = await kindOf(registry, registered);
  if (!kind) return 'unknownKind';
  const namespace = namespaced ? dependent.namespace : '';
  const place: Place = { ...kind, namespace, name: reference.name, key: kind.store.key(namespace, reference.name) };
  const owner = await read(place);
  if (owner?.metadata.uid !== reference.uid) {
    const known = graph.get(reference.uid)?.place;
    if (known && known.namespace !== '' && known.namespace !== dependent.namespace) tellOfNamespace(uid, dependent, reference);
    return 'dangling';
  }
  // From now on, what happens under its key is known to concern its dependents.
  graph.observe(place, owner.metadata);
  const { deletionTimestamp, finalizers } = owner.metadata;
  return deletionTimestamp && finalizers?.includes(foregroundFinalizer) ? 'waiting' : 'solid';
}

/** Deletes an object that no owner keeps. */
async function collect(node: Node, place: Place, live: KubeObject, isAwaited: boolean, calls: Calls): Promise<void> {
  if (isAwaited && node.dependents.size > 0) {
    // Its own dependents go before it, as its owner wants. Were they to wait for each other in a circle, nobody would go: then it no longer blocks.
    const isCircle = [...node.dependents].some(({ isDeletingDependents }) => isDeletingDependents);
    const current = isCircle ? await calls.changeOwners(place, node.uid, unblocked) : live;
    if (current) await calls.remove(place, current, 'Foreground');
    return;
  }
  const { finalizers = [] } = live.metadata;
  const policy = finalizers.includes(orphanFinalizer) ? 'Orphan' : finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
  await calls.remove(place, live, policy);
}

const unblocked = (owners: readonly OwnerReference[]): readonly OwnerReference[] | undefined =>
  owners.some(({ blockOwnerDeletion }) => blockOwnerDeletion)
    ? owners.map((owner) => (owner.blockOwnerDeletion ? { ...owner, blockOwnerDeletion: false } : owner))
    : undefined;

/** Takes the references to an object out of its dependents; then it goes. */
export async function orphanDependents(uid: string, { graph, calls }: Pick<JudgeOptions, 'graph' | 'calls'>): Promise<void> {
  const node = graph.get(uid);
  if (!node?.place || !node.isOrphaning) return;
  const { place } = node;
  const without = (owners: readonly OwnerReference[]): readonly OwnerReference[] | undefined =>
    owners.some((owner) => owner.uid === uid) ? owners.filter((owner) => owner.uid !== uid) : undefined;
  await Promise.all([...node.dependents].map((dependent) => dependent.place && calls.changeOwners(dependent.place, dependent.uid, without)));
  await calls.removeFinalizer(place, uid, orphanFinalizer);
}
