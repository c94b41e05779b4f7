/** As which resource a request is what rules ask for: its own, or another version of it. */
import type { GroupVersionKind, GroupVersionResource } from '@apiserver-kit/machinery';
import { internalError } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import { type Rule, ruleMatches } from './rules.js';
import type { ObjectInterfaces } from './versions.js';

export interface MatchedResource {
  readonly resource: GroupVersionResource;
  /** In which the objects are to be shown. */
  readonly kind: GroupVersionKind;
}

const isSame = (a: GroupVersionResource, b: GroupVersionResource): boolean => a.group === b.group && a.version === b.version && a.resource === b.resource;

/**
 * Finds the first rule that means a request. With matchPolicy Equivalent, a rule for another version of the same objects means it too.
 * @throws StatusError InternalError when nothing is known of the other version.
 */
export function matchedResource(
  rules: readonly Rule[],
  attributes: Attributes,
  matchPolicy: string | undefined,
  { equivalentResources, kindOf }: Pick<ObjectInterfaces, 'equivalentResources' | 'kindOf'>,
): MatchedResource | undefined {
  const { resource, kind, subresource } = attributes;
  if (rules.some((rule) => ruleMatches(rule, attributes))) return { resource, kind };
  if (matchPolicy !== 'Equivalent') return undefined;
  const others = equivalentResources(resource, subresource).filter((other) => !isSame(other, resource));
  for (const rule of rules) {
    for (const other of others) {
      if (!ruleMatches(rule, { operation: attributes.operation, namespace: attributes.namespace, subresource, resource: other })) continue;
      const otherKind = kindOf(other, subresource);
      if (!otherKind) throw internalError(`unable to convert to ${other.group}/${other.version}, Resource=${other.resource}: unknown kind`);
      return { resource: other, kind: otherKind };
    }
  }
  return undefined;
}
