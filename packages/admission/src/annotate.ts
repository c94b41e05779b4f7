/** What plugins add to the audit event of a request (k8s.io/apiserver/pkg/admission/attributes.go). */
import { warn } from '@apiserver-kit/pipeline';
import type { Attributes } from './admission.js';

/** A prefix of a DNS name, a slash, and a name. */
const annotationKey = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/;

/** Adds an annotation, unless there is one of that key, or the key is none. Without an audit event nobody is told. */
export function annotate({ context }: Pick<Attributes, 'context'>, key: string, value: string): void {
  const annotations = context?.audit?.annotations;
  if (annotations && !Object.hasOwn(annotations, key) && annotationKey.test(key)) annotations[key] = value;
}

/** Adds a warning to the answer of a request. */
export function warnClient({ context }: Pick<Attributes, 'context'>, text: string): void {
  if (context && text !== '') warn(context, text);
}
