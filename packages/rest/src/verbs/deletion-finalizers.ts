/**
 * Which finalizers a deletion gives an object, or takes from it, so that the garbage collector does with its dependents what was asked
 * (k8s.io/apiserver/pkg/registry/generic/registry/store.go).
 */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { GarbageCollectionPolicy } from '../served-resource.js';
import type { DeleteOptions } from './write-options.js';

/** Held by: the dependents are to lose their reference first. */
export const orphanFinalizer = 'orphan';
/** Held by: the dependents that block are to go first. */
export const foregroundFinalizer = 'foregroundDeletion';

type Asked = Pick<DeleteOptions, 'orphanDependents' | 'propagationPolicy'>;
type Held = readonly string[];

/** What was asked for counts, then what the object is held by already, then what its kind does. */
function orphans({ orphanDependents, propagationPolicy }: Asked, held: Held, policy: GarbageCollectionPolicy): boolean {
  if (orphanDependents !== undefined) return orphanDependents;
  if (propagationPolicy !== undefined) return propagationPolicy === 'Orphan';
  return first(held) === orphanFinalizer || (first(held) === undefined && policy === 'orphanDependents');
}

function deletesInForeground({ orphanDependents, propagationPolicy }: Asked, held: Held): boolean {
  if (orphanDependents !== undefined) return false;
  if (propagationPolicy !== undefined) return propagationPolicy === 'Foreground';
  return first(held) === foregroundFinalizer;
}

const isOurs = (finalizer: string): boolean => finalizer === orphanFinalizer || finalizer === foregroundFinalizer;
const first = (held: Held): string | undefined => held.find(isOurs);

/** The object with the finalizers that its deletion gives it: the same object where it has them already. */
export function withDeletionFinalizers(object: KubeObject, options: Asked, policy: GarbageCollectionPolicy): KubeObject {
  const held = object.metadata.finalizers ?? [];
  const finalizers = held.filter((finalizer) => !isOurs(finalizer));
  if (policy !== 'unsupported') {
    if (orphans(options, held, policy)) finalizers.push(orphanFinalizer);
    if (deletesInForeground(options, held)) finalizers.push(foregroundFinalizer);
  }
  const wanted = new Set(finalizers);
  if (wanted.size === new Set(held).size && held.every((finalizer) => wanted.has(finalizer))) return object;
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata };
}
