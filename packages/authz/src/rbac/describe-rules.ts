/** Rules for people, few and short (pkg/registry/rbac/validation/policy_compact.go, pkg/apis/rbac/v1). */
import { goQuote } from '@apiserver-kit/machinery';
import type { PolicyRule } from './policy.js';

/** Go's `%q` of a list of texts. */
export const quotedList = (texts: readonly string[]): string => `[${texts.map(goQuote).join(' ')}]`;

/** The resource of a rule that is about one only, as a key; undefined for others. */
function resourceOf({ apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string | undefined {
  if (apiGroups?.length !== 1 || resources?.length !== 1 || (resourceNames?.length ?? 0) > 1 || nonResourceURLs?.length) return undefined;
  return JSON.stringify([apiGroups[0], resources[0], ...(resourceNames ?? [])]);
}

/** Joins rules about the same one resource and object into one with the verbs of all. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compacted: PolicyRule[] = [];
  const byResource = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const resource = resourceOf(rule);
    if (resource === undefined) {
      compacted.push(rule);
      continue;
    }
    const known = byResource.get(resource);
    byResource.set(resource, known === undefined ? rule : { ...known, verbs: [...(known.verbs ?? []), ...(rule.verbs ?? [])] });
  }
  return [...compacted, ...byResource.values()];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({ APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs, ResourceNames: resourceNames, Verbs: verbs });
  return `{${parts.flatMap(([name, list]) => (list?.length ? [`${name}:${quotedList(list)}`] : [])).join(', ')}}`;
}
