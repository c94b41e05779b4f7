import type { FieldSelector, LabelSelector } from '@apiserver-kit/machinery';
import type { Entry } from './entry.js';

/** Which objects a list or a watch is about. */
export interface Selection {
  /** Undefined or `''`: all namespaces. */
  readonly namespace?: string;
  /** Undefined or `''`: all names. */
  readonly name?: string;
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
}

/** Selects an entry by labels and fields. Undefined: all entries. */
export type EntryPredicate = ((entry: Entry) => boolean) | undefined;

/** The part of a selection that has to look at each entry; undefined where nothing has to be looked at. */
export function entryPredicate({ labelSelector, fieldSelector }: Selection): EntryPredicate {
  const labels = labelSelector && !labelSelector.isEmpty ? labelSelector : undefined;
  const fields = fieldSelector && !fieldSelector.isEmpty ? fieldSelector : undefined;
  if (labels && fields) return (entry) => labels.matches(entry.labels) && fields.matches(entry.fields);
  if (labels) return (entry) => labels.matches(entry.labels);
  if (fields) return (entry) => fields.matches(entry.fields);
  return undefined;
}
