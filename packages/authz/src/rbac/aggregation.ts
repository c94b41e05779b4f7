/** The rules that an aggregated ClusterRole gathers (pkg/controller/clusterroleaggregation). */
import { labelSelectorFrom } from '@apiserver-kit/machinery';
import type { PolicyRule, Role } from './policy.js';
import { isSemanticallyEqual } from './semantic-equal.js';

const byName = (a: Role, b: Role): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

/**
 * The rules of all ClusterRoles that the role's selectors select, in the order of the selectors and then of the names, each once.
 * @param clusterRoles all there are; the role itself may be among them.
 * @returns what to write as the role's rules; undefined where it aggregates nothing, or has these already.
 * @throws SelectorError for a selector that is none.
 */
export function aggregateRules(role: Role, clusterRoles: Iterable<Role>): PolicyRule[] | undefined {
  if (!role.aggregationRule) return undefined;
  const others = [...clusterRoles].filter(({ metadata }) => metadata.name !== role.metadata.name).sort(byName);
  const rules: PolicyRule[] = [];
  for (const object of role.aggregationRule.clusterRoleSelectors ?? []) {
    const selector = labelSelectorFrom(object);
    for (const other of others)
      if (selector.matches(other.metadata.labels))
        for (const rule of other.rules ?? []) if (!rules.some((known) => isSemanticallyEqual(known, rule))) rules.push(rule);
  }
  return isSemanticallyEqual(rules, role.rules ?? []) ? undefined : rules;
}
