/**
 * Nobody grants what they do not have: who may write which role and which binding (pkg/registry/rbac: escalation_check.go, validation/rule.go
 * and the four policybased storages).
 */
import { forbidden, goQuote, type KubeObject } from '@apiserver-kit/machinery';
import { groupMasters, type RequestInfo, type UserInfo } from '@apiserver-kit/pipeline';
import { ask, type Attributes, type Authorizer } from '../authorizer.js';
import { uncoveredRules } from './covers.js';
import { compactRules, quotedList, ruleText } from './describe-rules.js';
import type { RuleResolver } from './index.js';
import { type PolicyRule, rbacGroup, type Role, type RoleBinding, type RoleRef } from './policy.js';
import { isSemanticallyEqual } from './semantic-equal.js';

/** Who writes, and who is asked whether they may. */
export interface EscalationContext {
  readonly user: UserInfo;
  /** Of the request that writes. */
  readonly info: RequestInfo;
  /** Asked for the verbs `escalate` and `bind`. */
  readonly authorizer: Authorizer;
  /** Knows what the user may do already. */
  readonly resolver: RuleResolver;
}

const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Checks that the user has all that the rules grant, in the namespace where they would grant it.
 * @returns why not, with the rules that are missing; undefined when the user has it all.
 */
export function confirmNoEscalation(user: UserInfo, namespace: string, rules: readonly PolicyRule[], resolver: RuleResolver): string | undefined {
  const { rules: owned, error } = resolver.rulesOf(user, namespace);
  const missing = uncoveredRules(owned, rules);
  if (missing.length === 0) return undefined;
  const texts = [...new Set(compactRules(missing).map(ruleText))].sort();
  const sentence = `user ${goQuote(user.name)} (groups=${quotedList(user.groups)}) is attempting to grant RBAC permissions not currently held:`;
  return `${sentence}\n${texts.join('\n')}${error === undefined ? '' : `; resolution errors: [${error.message}]`}`;
}

/**
 * Checks the write of a Role or a ClusterRole. Everything is allowed to `system:masters` and to whom the authorizer allows `escalate`.
 * @param old the object as it was; undefined on create.
 * @throws StatusError Forbidden.
 */
export async function confirmRoleWrite(role: Role, old: Role | undefined, context: EscalationContext): Promise<void> {
  const { user, info, resolver } = context;
  if (isMaster(user) || (await mayEscalate(context)) || isOnlyGarbageCollection(role, old)) return;
  const refuse = (why: string): never => {
    throw forbidden({ group: rbacGroup, resource: info.resource }, role.metadata.name ?? '', why);
  };
  const why = confirmNoEscalation(user, info.namespace, role.rules ?? [], resolver);
  if (why !== undefined) refuse(why);
  // An aggregated role gathers whatever comes to bear its labels, so that only who may do everything may make one or change it.
  if ((hasAggregation(role) || (old !== undefined && hasAggregation(old))) && confirmNoEscalation(user, info.namespace, fullAuthority, resolver) !== undefined)
    refuse('must have cluster-admin privileges to use the aggregationRule');
}

/**
 * Checks the write of a RoleBinding or a ClusterRoleBinding. Everything is allowed to `system:masters` and to whom the authorizer allows
 * to `bind` the role.
 * @param old the object as it was; undefined on create.
 * @throws StatusError Forbidden, or NotFound for a role that is not there.
 */
export async function confirmBindingWrite(binding: RoleBinding, old: RoleBinding | undefined, context: EscalationContext): Promise<void> {
  const { user, info, resolver } = context;
  if (isMaster(user) || isOnlyGarbageCollection(binding, old) || (await mayBind(binding.roleRef, context))) return;
  const why = confirmNoEscalation(user, info.namespace, resolver.rulesOfRole(binding.roleRef, info.namespace), resolver);
  if (why !== undefined) throw forbidden({ group: rbacGroup, resource: info.resource }, binding.metadata.name ?? '', why);
}

/** The API server itself is one: a check of its rules would fail before the first roles are there. */
const isMaster = ({ groups }: UserInfo): boolean => groups.includes(groupMasters);

const hasAggregation = ({ aggregationRule }: Role): boolean => (aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;

const roleResources = new Map([
  ['Role', 'roles'],
  ['ClusterRole', 'clusterroles'],
]);

async function mayEscalate({ user, info, authorizer }: EscalationContext): Promise<boolean> {
  const { isResourceRequest, apiGroup, resource, name, namespace } = info;
  if (!isResourceRequest || apiGroup !== rbacGroup || (resource !== 'roles' && resource !== 'clusterroles')) return false;
  return isAllowed(authorizer, { user, verb: 'escalate', apiGroup, resource, name, namespace });
}

async function mayBind({ kind, apiGroup = '', name }: RoleRef, { user, info, authorizer }: EscalationContext): Promise<boolean> {
  const resource = roleResources.get(kind);
  if (resource === undefined) return false;
  return isAllowed(authorizer, { user, verb: 'bind', apiGroup, resource, name, namespace: info.namespace });
}

type Asked = Pick<Attributes, 'user' | 'verb' | 'apiGroup' | 'resource' | 'name' | 'namespace'>;

async function isAllowed(authorizer: Authorizer, asked: Asked): Promise<boolean> {
  const verdict = await ask(authorizer, {
    ...asked,
    isResourceRequest: true,
    apiVersion: '*',
    subresource: '',
    path: '',
    fieldSelector: '',
    labelSelector: '',
  });
  return verdict.decision === 'allow';
}

/** Owner references and finalizers may be taken off a role by who could not write it: garbage collection has to come to its end. */
function isOnlyGarbageCollection(object: KubeObject, old: KubeObject | undefined): boolean {
  if (old === undefined) return false;
  const { ownerReferences, finalizers, selfLink, managedFields } = old.metadata;
  return isSemanticallyEqual({ ...object, metadata: { ...object.metadata, ownerReferences, finalizers, selfLink, managedFields } }, old);
}
