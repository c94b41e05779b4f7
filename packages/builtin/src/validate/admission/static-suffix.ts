/** Names that are kept for what comes from files at the server's start. */
import { type FieldError, goQuote, invalidValue, type JsonObject } from '@apiserver-kit/machinery';
import { recordAt, textAt } from '../../types/read.js';

export const staticSuffix = '.static.k8s.io';

/** Checks the name of a new object. */
export function staticSuffixRule(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const name = textAt(recordAt(object, 'metadata'), 'name');
  if (old || !name.endsWith(staticSuffix)) return [];
  const why = `names ending with ${goQuote(staticSuffix)} are reserved for static manifest-based configurations and cannot be managed via the API`;
  return [invalidValue('metadata.name', name, why)];
}
