/** Which requests are written down, and how much of them (k8s.io/apiserver/pkg/audit/policy). */
import type { RequestInfo, UserInfo } from '@apiserver-kit/pipeline';

/** How much of a request is kept; each has all of the one before. */
export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** When an event is made: when the request is there, when a long answer begins, when it is done, when the server failed. */
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

export const auditLevels: readonly AuditLevel[] = ['None', 'Metadata', 'Request', 'RequestResponse'];
export const auditStages: readonly AuditStage[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

export interface GroupResources {
  /** `*` for all; empty for the core group. */
  readonly group?: string;
  /** Names of resources, with or without a subresource behind a slash; a star stands for all of either. Empty for all of the group. */
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Matches a request that all of its lists match; an empty list matches all. */
export interface AuditPolicyRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  /** The empty string is for what is at the cluster's scope. */
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  /** Overrides the policy's. */
  readonly omitManagedFields?: boolean;
}

/** audit.k8s.io/v1 Policy. The first rule that matches decides; where none does, nothing is kept. */
export interface AuditPolicy {
  readonly rules: readonly AuditPolicyRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** What is kept of a request. */
export interface AuditConfig {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

/** Decides by a request and its user. */
export type AuditEvaluator = (info: RequestInfo, user: UserInfo | undefined) => AuditConfig;

/** Reads a policy once, for many requests. */
export function auditPolicy({ rules, omitStages = [], omitManagedFields = false }: AuditPolicy): AuditEvaluator {
  const prepared = rules.map((rule) => ({
    rule,
    config: {
      level: rule.level,
      omitStages: [...new Set([...omitStages, ...(rule.omitStages ?? [])])],
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    },
  }));
  const otherwise: AuditConfig = { level: 'None', omitStages, omitManagedFields };
  return (info, user) => prepared.find(({ rule }) => ruleMatches(rule, info, user))?.config ?? otherwise;
}

const isEmpty = (list: readonly unknown[] | undefined): boolean => list === undefined || list.length === 0;

function ruleMatches(rule: AuditPolicyRule, info: RequestInfo, user: UserInfo | undefined): boolean {
  const { users, userGroups, verbs, resources, namespaces, nonResourceURLs } = rule;
  if (!isEmpty(users) && (user === undefined || !users!.includes(user.name))) return false;
  if (!isEmpty(userGroups) && !user?.groups.some((group) => userGroups!.includes(group))) return false;
  if (!isEmpty(verbs) && !verbs!.includes(info.verb)) return false;
  if (!isEmpty(namespaces) || !isEmpty(resources)) return resourcesMatch(rule, info);
  if (!isEmpty(nonResourceURLs)) return !info.isResourceRequest && nonResourceURLs!.some((url) => pathMatches(info.path, url));
  return true;
}

function resourcesMatch({ namespaces, resources }: AuditPolicyRule, info: RequestInfo): boolean {
  if (!info.isResourceRequest) return false;
  if (!isEmpty(namespaces) && !namespaces!.includes(info.namespace)) return false;
  return isEmpty(resources) || resources!.some((one) => groupMatches(one, info));
}

function groupMatches({ group = '', resources, resourceNames }: GroupResources, { apiGroup, resource, subresource, name }: RequestInfo): boolean {
  if (group !== apiGroup && group !== '*') return false;
  if (isEmpty(resources)) return true;
  if (!isEmpty(resourceNames) && !resourceNames!.includes(name)) return false;
  const asked = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources!.some(
    (one) => one === asked || one === '*' || (subresource !== '' && one === `*/${subresource}`) || (one.endsWith('/*') && one.slice(0, -2) === resource),
  );
}

const pathMatches = (path: string, url: string): boolean => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));
