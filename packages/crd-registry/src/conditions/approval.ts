/** Whether a definition in a group of the community says that it is approved (apiextensions-apiserver/pkg/controller/apiapproval, KEP-1111). */
import { type ApprovalState, approvalOf } from '../validation/api-approval.js';
import type { CustomResourceDefinition } from '../validation/custom-resource-definition.js';
import { findCondition, says, withCondition } from './condition.js';

const reasons: Readonly<Record<ApprovalState, string>> = {
  invalid: 'InvalidAnnotation',
  missing: 'MissingAnnotation',
  approved: 'ApprovedAnnotation',
  bypassed: 'UnapprovedAnnotation',
};

/** The definition, which is in a protected group, with the condition that says so; the same one where there is nothing to do. */
export function withApproval(crd: CustomResourceDefinition, nowMs: number): CustomResourceDefinition {
  const { state, reason: message } = approvalOf(crd);
  const finding = { type: 'KubernetesAPIApprovalPolicyConformant', status: state === 'approved' ? 'True' : 'False', reason: reasons[state], message } as const;
  return says(findCondition(crd, finding.type), finding) ? crd : withCondition(crd, finding, nowMs);
}
