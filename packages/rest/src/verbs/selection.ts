/** The options of lists, watches and deletions of collections. */
import { decodeListOptions, invalid, type ListOptions, validateListOptions } from '@apiserver-kit/machinery';
import type { Selection } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';

/** @throws StatusError BadRequest, Invalid. */
export function listOptionsOf({ ctx }: Target): ListOptions {
  const options = decodeListOptions(ctx.query);
  const errors = validateListOptions(options);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  return options;
}

const metadataFields = new Set(['metadata.name', 'metadata.namespace']);

/**
 * What a request selects of its resource.
 * @throws StatusError BadRequest for a field that the resource cannot be selected by.
 */
export function selectionOf({ namespace, resource }: Target, { labelSelector, fieldSelector }: ListOptions): Selection {
  const fields = fieldSelector?.transform((label, value) => [metadataFields.has(label) ? label : resource.fieldLabel(label), value]);
  const name = fields?.requiresExactMatch('metadata.name');
  return { namespace, name, labelSelector, fieldSelector: fields };
}
