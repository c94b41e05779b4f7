/** Role-based access control (plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation). */
import { aggregateError, goQuote, notFound, unknownError } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { type Attributes, type Authorizer, noOpinion, type RuleSet, type Verdict } from '../authorizer.js';
import type { Binding } from './binding.js';
import { type PolicyRule, rbacGroup, type RoleRef } from './policy.js';
import { ruleAllows } from './rule-match.js';
import type { RbacSource } from './source.js';

/** What somebody's bindings give them. */
export interface RuleResolver {
  /** All rules that the user has in the namespace, and at the cluster's scope; the error says which roles are missing. */
  rulesOf(user: UserInfo, namespace: string): { readonly rules: readonly PolicyRule[]; readonly error?: Error };
  /**
   * The rules of the role that a binding names. `namespace` is the binding's, empty for a ClusterRoleBinding.
   * @throws StatusError NotFound when there is none, 500 for a kind that no role has.
   */
  rulesOfRole(roleRef: RoleRef, namespace: string): readonly PolicyRule[];
}

/** One binding's part in a decision. */
export interface BindingExplanation {
  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  readonly source: string;
  /** The rules of its role that allow the request; none where it does not matter for it. */
  readonly rules: readonly PolicyRule[];
  /** Set when its role cannot be found. */
  readonly problem?: string;
}

/** Why RBAC decides as it does: all the user's bindings, those that allow the request first. */
export interface Explanation extends Verdict {
  readonly bindings: readonly BindingExplanation[];
}

export interface RbacAuthorizer extends Authorizer, RuleResolver {
  authorize(attributes: Attributes): Verdict;
  rulesFor(user: UserInfo, namespace: string): RuleSet;
  explain(attributes: Attributes): Explanation;
}

/**
 * Allows what roles allow that are bound to the user or to a group of theirs. It never denies: what it does not allow, another may.
 *
 * @example rbac(rbacStore(objects)).authorize(attributes)
 */
export function rbac(source: RbacSource): RbacAuthorizer {
  /** Calls `visit` for each binding, some twice, until it answers false. */
  const visit = (user: UserInfo, namespace: string, visitor: (binding: Binding) => boolean): void => {
    if (visitScope(source, user, '', visitor) && namespace !== '') visitScope(source, user, namespace, visitor);
  };
  const bindingsOf = (user: UserInfo, namespace: string): Set<Binding> => {
    const found = new Set<Binding>();
    visit(user, namespace, (binding) => {
      found.add(binding);
      return true;
    });
    return found;
  };

  return {
    name: 'rbac',

    authorize(attributes) {
      const { user, namespace } = attributes;
      if (user === undefined) return noOpinion;
      let verdict: Verdict | undefined;
      let problems: string[] | undefined;
      visit(user, namespace, (binding) => {
        const rules = resolve(source, binding.roleRef, binding.namespace);
        if (typeof rules === 'string') {
          problems ??= [];
          problems.push(rules);
        } else if (rules.some((rule) => ruleAllows(rule, attributes))) verdict = binding.allows(user);
        return verdict === undefined;
      });
      return verdict ?? refusal(problems);
    },

    rulesFor(user, namespace) {
      const { rules, error } = this.rulesOf(user, namespace);
      const listed = (rule: PolicyRule, ...fields: (keyof PolicyRule)[]) => ({
        verbs: rule.verbs ?? [],
        ...Object.fromEntries(fields.flatMap((field) => (rule[field]?.length ? [[field, rule[field]]] : []))),
      });
      return {
        resourceRules: rules.filter(({ resources }) => resources?.length).map((rule) => listed(rule, 'apiGroups', 'resources', 'resourceNames')),
        nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs?.length).map((rule) => listed(rule, 'nonResourceURLs')),
        isIncomplete: false,
        ...(error && { error }),
      };
    },

    rulesOf(user, namespace) {
      const rules: PolicyRule[] = [];
      const problems: Error[] = [];
      for (const { roleRef, namespace: boundIn } of bindingsOf(user, namespace)) {
        const found = resolve(source, roleRef, boundIn);
        if (typeof found === 'string') problems.push(new Error(found));
        else rules.push(...found);
      }
      return { rules, ...(problems.length > 0 && { error: aggregateError(problems) }) };
    },

    rulesOfRole(roleRef, namespace) {
      const rules = resolve(source, roleRef, namespace);
      if (typeof rules !== 'string') return rules;
      const resource = roleResources.get(roleRef.kind);
      throw resource === undefined ? unknownError(rules) : notFound({ group: rbacGroup, resource }, roleRef.name);
    },

    explain(attributes) {
      const { user, namespace } = attributes;
      const bindings = [...(user === undefined ? [] : bindingsOf(user, namespace))].map((binding): BindingExplanation => {
        const explained = { source: binding.describe(binding.subjectOf(user!)) };
        const rules = resolve(source, binding.roleRef, binding.namespace);
        return typeof rules === 'string'
          ? { ...explained, rules: [], problem: rules }
          : { ...explained, rules: rules.filter((rule) => ruleAllows(rule, attributes)) };
      });
      return {
        ...this.authorize(attributes),
        bindings: [...bindings.filter(({ rules }) => rules.length > 0), ...bindings.filter(({ rules }) => rules.length === 0)],
      };
    },
  };
}

const roleResources = new Map([
  ['Role', 'roles'],
  ['ClusterRole', 'clusterroles'],
]);
const noRules: readonly PolicyRule[] = [];

/** A role's rules, or why there are none. */
function resolve(source: RbacSource, { kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | string {
  const role = kind === 'ClusterRole' ? source.getClusterRole(name) : kind === 'Role' ? source.getRole(namespace, name) : undefined;
  if (role !== undefined) return role.rules ?? noRules;
  if (!roleResources.has(kind)) return `unsupported role reference kind: ${goQuote(kind)}`;
  return `${kind.toLowerCase()}.${rbacGroup} ${goQuote(name)} not found`;
}

function refusal(problems: readonly string[] | undefined): Verdict {
  if (problems === undefined) return noOpinion;
  return { decision: 'noOpinion', reason: `RBAC: ${aggregateError(problems).message}` };
}

/** False when the visitor had enough. */
function visitScope(source: RbacSource, { name, groups }: UserInfo, namespace: string, visitor: (binding: Binding) => boolean): boolean {
  for (const binding of source.bindingsOfUser(name, namespace)) if (!visitor(binding)) return false;
  for (const group of groups) for (const binding of source.bindingsOfGroup(group, namespace)) if (!visitor(binding)) return false;
  return true;
}
