/** Refusals of built-in plugins (k8s.io/apiserver/pkg/admission/errors.go). */
import { forbidden, type StatusError } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';

/** The name of what is written, though it may not have one yet. */
function nameOf({ name, object }: Attributes): string {
  if (name !== '') return name;
  return object?.metadata.name || object?.metadata.generateName || 'Unknown';
}

/** 403 `pods "x" is forbidden: why`. */
export const forbid = (attributes: Attributes, why: string): StatusError => forbidden(attributes.resource, nameOf(attributes), why);

/** Several reasons, as the reference prints them: each once. */
export function reasonsText(reasons: readonly string[]): string {
  const unique = [...new Set(reasons)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
}
