/** Which writes a policy, or a binding, means (k8s.io/apiserver/pkg/admission/plugin/policy/matching). */
import { asStatusError, everyLabel, type LabelSelector, labelSelectorFrom, type LabelSelectorObject, type StatusError } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import type { MatchedResource } from '../matching/matched-resource.js';
import { ruleMatches } from '../matching/rules.js';
import { namespaceSelected, type NamespaceReader, objectSelected } from '../matching/selectors.js';
import type { ObjectInterfaces } from '../matching/versions.js';
import type { MatchResources, NamedRule } from './policy.js';

const parsed = new WeakMap<LabelSelectorObject, LabelSelector>();

function selectorOf(selector: LabelSelectorObject | undefined): LabelSelector {
  if (!selector) return everyLabel;
  let known = parsed.get(selector);
  if (!known) {
    known = labelSelectorFrom(selector);
    parsed.set(selector, known);
  }
  return known;
}

const hasName = ({ resourceNames = [] }: NamedRule, { name }: Attributes): boolean => resourceNames.length === 0 || resourceNames.includes(name);

/** As which resource the rules mean a write. @throws Error where nothing is known of another version. */
function matchedByRules(
  rules: readonly NamedRule[],
  attributes: Attributes,
  matchPolicy: string | undefined,
  { equivalentResources, kindOf }: ObjectInterfaces,
): MatchedResource | undefined {
  const { resource, kind, subresource, operation, namespace } = attributes;
  if (rules.some((rule) => ruleMatches(rule, attributes) && hasName(rule, attributes))) return { resource, kind };
  if (matchPolicy === undefined || matchPolicy === 'Exact' || rules.length === 0) return undefined;
  const others = equivalentResources(resource, subresource).filter((one) => one.group !== resource.group || one.version !== resource.version);
  for (const rule of rules) {
    for (const other of others) {
      if (!ruleMatches(rule, { operation, namespace, subresource, resource: other })) continue;
      const otherKind = kindOf(other, subresource);
      if (!otherKind) throw new Error(`unable to convert to ${other.group}/${other.version}, Resource=${other.resource}: unknown kind`);
      if (hasName(rule, attributes)) return { resource: other, kind: otherKind };
    }
  }
  return undefined;
}

/** The rules alone: quick, and mostly the answer is no. Without any rule all writes are meant. */
export function matchedResources(criteria: MatchResources, attributes: Attributes, interfaces: ObjectInterfaces): MatchedResource | undefined {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = criteria;
  const { resource, kind } = attributes;
  const matched = resourceRules.length === 0 ? { resource, kind } : matchedByRules(resourceRules, attributes, matchPolicy, interfaces);
  if (!matched || matchedByRules(excludeResourceRules, attributes, matchPolicy, interfaces)) return undefined;
  return matched;
}

/**
 * The selectors, where the rules mean a write.
 * @throws StatusError when the namespace of the write cannot be read.
 */
export async function selectorsMatch(criteria: MatchResources, attributes: Attributes, namespaces: NamespaceReader): Promise<boolean> {
  let failure: StatusError | undefined;
  try {
    if (!(await namespaceSelected(selectorOf(criteria.namespaceSelector), attributes, namespaces))) return false;
  } catch (error) {
    failure = asStatusError(error);
    if (!failure) throw error;
  }
  if (!objectSelected(selectorOf(criteria.objectSelector), attributes)) return false;
  if (failure) throw failure;
  return true;
}
