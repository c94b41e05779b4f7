/** Whether rules allow all that others do (k8s.io/component-helpers/auth/rbac/validation). */
import type { PolicyRule } from './policy.js';
import { urlCovers } from './rule-match.js';

type List = readonly string[] | null | undefined;

const all = (list: List): readonly string[] => list ?? [];

/** True when the list has all of the wanted, or a star, which stands for all. */
function hasAll(list: List, wanted: List): boolean {
  const owned = all(list);
  if (owned.includes('*')) return true;
  const known = all(wanted).length > 8 ? new Set(owned) : undefined;
  return all(wanted).every((item) => known?.has(item) ?? owned.includes(item));
}

/** `pods/log` is covered by itself, by `*`, and by a star for the resource with that subresource. */
function resourcesCovered(list: List, wanted: List): boolean {
  if (hasAll(list, wanted)) return true;
  const owned = new Set(all(list));
  return all(wanted).every((resource) => {
    const slash = resource.indexOf('/');
    return owned.has(resource) || (slash >= 0 && owned.has(`*${resource.slice(slash)}`));
  });
}

/** No names are all names, which only no names cover. */
const namesCovered = (owned: List, wanted: List): boolean => !owned?.length || (!!wanted?.length && wanted.every((name) => owned.includes(name)));

const urlsCovered = (owned: List, wanted: List): boolean => all(wanted).every((url) => all(owned).some((pattern) => urlCovers(pattern, url)));

/** True when the one rule allows all that the other does. */
const ruleCovers = (owner: PolicyRule, wanted: PolicyRule): boolean =>
  hasAll(owner.verbs, wanted.verbs) &&
  hasAll(owner.apiGroups, wanted.apiGroups) &&
  resourcesCovered(owner.resources, wanted.resources) &&
  namesCovered(owner.resourceNames, wanted.resourceNames) &&
  urlsCovered(owner.nonResourceURLs, wanted.nonResourceURLs);

/** What a rule allows, one thing at a time: such a thing is covered by a single rule of others, or by none. */
export function* simpleRules({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): Generator<PolicyRule> {
  for (const group of all(apiGroups))
    for (const resource of all(resources))
      for (const verb of all(verbs)) {
        const rule = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!resourceNames?.length) yield rule;
        else for (const name of resourceNames) yield { ...rule, resourceNames: [name] };
      }
  for (const url of all(nonResourceURLs)) for (const verb of all(verbs)) yield { verbs: [verb], nonResourceURLs: [url] };
}

/** A rule of a few kilobytes can stand for billions of things. One that stands for more than this is taken as one thing. */
const maxSimpleRules = 100_000;

const simpleRuleCount = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): number =>
  all(verbs).length * (all(apiGroups).length * all(resources).length * Math.max(1, all(resourceNames).length) + all(nonResourceURLs).length);

/** What `wanted` allows and `owner` does not, each thing as a rule of its own, in the order of `wanted`. */
export function uncoveredRules(owner: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing: PolicyRule[] = [];
  const isCovered = (rule: PolicyRule): boolean => owner.some((owned) => ruleCovers(owned, rule));
  for (const rule of wanted) {
    // Saves the split of what one rule covers as it is. Names that stand beside paths, where they mean nothing, go in the split.
    if (!(rule.resourceNames?.length && rule.nonResourceURLs?.length) && isCovered(rule)) continue;
    if (simpleRuleCount(rule) > maxSimpleRules) missing.push(rule);
    else for (const simple of simpleRules(rule)) if (!isCovered(simple)) missing.push(simple);
  }
  return missing;
}

/** True when `owner` allows all that `wanted` does. */
export const rulesCover = (owner: readonly PolicyRule[], wanted: readonly PolicyRule[]): boolean => uncoveredRules(owner, wanted).length === 0;
