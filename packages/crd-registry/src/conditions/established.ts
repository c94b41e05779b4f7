/** When a definition is served (apiextensions-apiserver/pkg/controller/establish). */
import { type CustomResourceDefinition, isConditionTrue } from '../validation/custom-resource-definition.js';
import { findCondition, says, withCondition, type Finding } from './condition.js';

const established: Finding = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
const invalidCABundle: Finding = { type: 'Established', status: 'False', reason: 'InvalidCABundle', message: 'The conversion webhook CABundle is invalid' };

/**
 * The definition established, once its names are accepted; the same one where there is nothing to do. Established once, it stays so.
 * @param isCABundleInvalid whether its webhook could not be called.
 */
export function withEstablished(crd: CustomResourceDefinition, isCABundleInvalid: boolean, nowMs: number): CustomResourceDefinition {
  if (!isConditionTrue(crd, 'NamesAccepted') || isConditionTrue(crd, 'Established')) return crd;
  const finding = isCABundleInvalid ? invalidCABundle : established;
  return says(findCondition(crd, 'Established'), finding) ? crd : withCondition(crd, finding, nowMs);
}
