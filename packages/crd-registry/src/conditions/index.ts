/** What the server says of a definition, as functions of the definitions that there are. */
import { type CustomResourceDefinition, isConditionTrue } from '../validation/custom-resource-definition.js';
import { isProtectedGroup } from '../validation/protected-group.js';
import { findCondition } from './condition.js';
import { withEstablished } from './established.js';
import { withNames } from './names.js';

/**
 * The definition as its status should be: its names, the conditions that say whether they are accepted and whether it is served, and those of
 * older schemas and of protected groups. The same one where it is so already.
 *
 * The code that reads schemas is only loaded for definitions that may have what it looks for.
 */
export async function withConditions(
  crd: CustomResourceDefinition,
  all: () => Iterable<CustomResourceDefinition>,
  nowMs: number,
): Promise<CustomResourceDefinition> {
  const { caBundle } = crd.spec.conversion?.webhook?.clientConfig ?? {};
  const isCABundleInvalid =
    !!caBundle && !isConditionTrue(crd, 'Established') && (await import('../validation/conversion.js')).caBundleProblem(caBundle) !== undefined;
  let next = withEstablished(withNames(crd, all(), nowMs), isCABundleInvalid, nowMs);
  if (isProtectedGroup(crd.spec.group)) next = (await import('./approval.js')).withApproval(next, nowMs);
  if (crd.spec.preserveUnknownFields || findCondition(crd, 'NonStructuralSchema')) next = (await import('./non-structural.js')).withNonStructural(next, nowMs);
  return next;
}
