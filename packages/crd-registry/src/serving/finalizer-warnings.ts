/** Finalizers whose names may meet those of others (apiextensions-apiserver/pkg/registry/customresource/validator.go). */
import { goQuote, type KubeObject, qualifiedName } from '@apiserver-kit/machinery';

const standard: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function warningsOf(finalizer: string): string[] {
  const say = (what: string): string => `metadata.finalizers: ${goQuote(finalizer)}: ${what}`;
  const warnings = qualifiedName(finalizer).map(say);
  if (finalizer.includes('/') || standard.has(finalizer)) return warnings;
  const including = finalizer.includes('.') ? ' including a path (/)' : '';
  return [...warnings, say(`prefer a domain-qualified finalizer name${including} to avoid accidental conflicts with other finalizer writers`)];
}

/** What is warned of in the finalizers that a write adds. */
export function finalizerWarnings({ metadata: { finalizers } }: KubeObject, old: KubeObject | undefined): string[] {
  if (!finalizers) return [];
  const known = new Set(old?.metadata.finalizers);
  return [...new Set(finalizers)]
    .filter((finalizer) => !known.has(finalizer))
    .sort()
    .flatMap(warningsOf);
}
