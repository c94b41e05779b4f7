/** The rules that an aggregated ClusterRole gathers (pkg/controller/clusterroleaggregation). */
import { labelSelectorFrom } from '@apiserver-kit/machinery';
import type { PolicyRule, Role } from './policy.js';

const byName = (a: Role, b: Role): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

/** Equal for rules that are equal, whether a list is empty or missing: to find what is there already without a comparison of each with each. */
const keyOf = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string =>
  JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs].map((list) => list ?? []));

/**
 * The rules of all ClusterRoles that the role's selectors select, in the order of the selectors and then of the names, each once.
 * @param clusterRoles all there are; the role itself may be among them.
 * @returns what to write as the role's rules; undefined where it aggregates nothing, or has these already.
 * @throws SelectorError for a selector that is none.
 */
export function aggregateRules(role: Role, clusterRoles: Iterable<Role>): PolicyRule[] | undefined {
  if (!role.aggregationRule) return undefined;
  const others = [...clusterRoles].filter(({ metadata }) => metadata.name !== role.metadata.name).sort(byName);
  const rules = new Map<string, PolicyRule>();
  for (const object of role.aggregationRule.clusterRoleSelectors ?? []) {
    const selector = labelSelectorFrom(object);
    for (const other of others) {
      if (!selector.matches(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) if (!rules.has(keyOf(rule))) rules.set(keyOf(rule), rule);
    }
  }
  const isThere = [...rules.keys()].join() === (role.rules ?? []).map(keyOf).join();
  return isThere ? undefined : [...rules.values()];
}
