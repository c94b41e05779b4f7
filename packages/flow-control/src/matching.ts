/** Which requests a flow schema is for (k8s.io/apiserver/pkg/util/flowcontrol/rule.go). */
import type { RequestInfo, UserInfo } from '@apiserver-kit/pipeline';
import type { FlowNonResourceRule, FlowResourceRule, FlowRule, FlowSchema, FlowSubject } from './objects.js';

/** True when one of the schema's rules is for this user and request. */
export const schemaMatches = ({ spec }: FlowSchema, info: RequestInfo, user: UserInfo): boolean =>
  spec.rules?.some((rule) => ruleMatches(rule, info, user)) ?? false;

function ruleMatches({ subjects, resourceRules = [], nonResourceRules = [] }: FlowRule, info: RequestInfo, user: UserInfo): boolean {
  if (!subjects.some((subject) => subjectMatches(subject, user))) return false;
  return info.isResourceRequest
    ? resourceRules.some((rule) => resourceRuleMatches(rule, info))
    : nonResourceRules.some((rule) => nonResourceRuleMatches(rule, info));
}

function subjectMatches({ kind, user: asUser, group, serviceAccount }: FlowSubject, user: UserInfo): boolean {
  if (kind === 'User') return asUser !== undefined && (asUser.name === '*' || asUser.name === user.name);
  if (kind === 'Group') return group !== undefined && (group.name === '*' || user.groups.includes(group.name));
  if (kind !== 'ServiceAccount' || serviceAccount === undefined) return false;
  const ofNamespace = `system:serviceaccount:${serviceAccount.namespace}:`;
  return serviceAccount.name === '*' ? user.name.startsWith(ofNamespace) : user.name === `${ofNamespace}${serviceAccount.name}`;
}

/** A wildcard stands alone: validation sees to it. */
const has = (list: readonly string[], value: string): boolean => (list.length === 1 && list[0] === '*') || list.includes(value);

function resourceRuleMatches({ verbs, apiGroups, resources, clusterScope = false, namespaces = [] }: FlowResourceRule, info: RequestInfo): boolean {
  const { verb, resource, subresource, apiGroup, namespace } = info;
  if (!has(verbs, verb) || !has(resources, subresource === '' ? resource : `${resource}/${subresource}`) || !has(apiGroups, apiGroup)) return false;
  return namespace === '' ? clusterScope : has(namespaces, namespace);
}

const nonResourceRuleMatches = ({ verbs, nonResourceURLs }: FlowNonResourceRule, { verb, path }: RequestInfo): boolean =>
  has(verbs, verb) && nonResourceURLs.some((url) => urlMatches(url, path));

/** A path is also for all below it, with a `*` at its end or without. */
function urlMatches(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
