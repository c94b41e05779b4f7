/** Groups of the community are only for approved APIs (apiextensions-apiserver/pkg/apihelpers). */
import { type FieldError, goQuote, invalidValue, key, required } from '@apiserver-kit/machinery';
import { formatCheck } from '@apiserver-kit/schema';
import type { CustomResourceDefinition } from './custom-resource-definition.js';
import { isProtectedGroup } from './protected-group.js';

const annotation = 'api-approved.kubernetes.io';
const seeAlso = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** What the annotation of a definition says. */
export type ApprovalState = 'missing' | 'bypassed' | 'approved' | 'invalid';

/** The approval of a definition, and the sentence that says so. */
export function approvalOf({ metadata }: CustomResourceDefinition): { readonly state: ApprovalState; readonly reason: string } {
  const value = metadata.annotations?.[annotation] ?? '';
  const needed = `protected groups must have approval annotation ${goQuote(annotation)}`;
  if (value === '') return { state: 'missing', reason: `${needed}, ${seeAlso}` };
  if (value.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${goQuote(value)}` };
  const isURL = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/(?:[^/?]*@)?[^/?@]/.test(value) && formatCheck('uri')!(value);
  if (isURL) return { state: 'approved', reason: `approved in ${value}` };
  return { state: 'invalid', reason: `${needed} with either a URL or a reason starting with "unapproved", ${seeAlso}` };
}

/** A definition in a protected group must say that it is approved, or that it is not; one that said nothing may go on doing so. */
export function validateApproval(crd: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(crd.spec.group ?? '')) return [];
  const { state, reason } = approvalOf(crd);
  if (old && approvalOf(old).state === state) return [];
  const path = key('metadata.annotations', annotation);
  if (state === 'missing') return [required(path, reason)];
  return state === 'invalid' ? [invalidValue(path, crd.metadata.annotations?.[annotation], reason)] : [];
}
