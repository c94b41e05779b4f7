/** Which requests a rule means (k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules). */
import type { GroupVersionResource } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';

/** admissionregistration.k8s.io/v1 RuleWithOperations. */
export interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  // `pods`, `pods/status`, `pods/*`, `*/scale`, `*` (no subresources), `*/*`.
  readonly resources?: readonly string[];
  readonly scope?: string;
}

/** What rules look at. */
export interface RuleAttributes extends Pick<Attributes, 'operation' | 'subresource' | 'namespace'> {
  readonly resource: GroupVersionResource;
}

const includes = (items: readonly string[] | undefined, value: string): boolean => items !== undefined && (items.includes(value) || items.includes('*'));

/** Namespaces are cluster-scoped, though requests for them bear their own name as namespace. */
const isClusterScoped = ({ resource, namespace }: RuleAttributes): boolean =>
  namespace === '' || (resource.group === '' && resource.version === 'v1' && resource.resource === 'namespaces');

function matchesScope({ scope }: Rule, attributes: RuleAttributes): boolean {
  if (scope === undefined || scope === '*') return true;
  if (scope === 'Namespaced') return !isClusterScoped(attributes);
  return scope === 'Cluster' && isClusterScoped(attributes);
}

function matchesResource({ resources }: Rule, { resource: { resource }, subresource }: RuleAttributes): boolean {
  return resources?.some((wanted) => isResource(wanted, resource, subresource)) ?? false;
}

function isResource(wanted: string, resource: string, subresource: string): boolean {
  const slash = wanted.indexOf('/');
  const wantedResource = slash < 0 ? wanted : wanted.slice(0, slash);
  if (wantedResource !== '*' && wantedResource !== resource) return false;
  const wantedSubresource = slash < 0 ? '' : wanted.slice(slash + 1);
  return wantedSubresource === '*' || wantedSubresource === subresource;
}

/** Whether a request is one of those that the rule means. */
export const ruleMatches = (rule: Rule, attributes: RuleAttributes): boolean =>
  includes(rule.operations, attributes.operation) &&
  includes(rule.apiGroups, attributes.resource.group) &&
  matchesResource(rule, attributes) &&
  includes(rule.apiVersions, attributes.resource.version) &&
  matchesScope(rule, attributes);

const exemptKinds = new Set(
  ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].concat(
    ['MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy'].flatMap((kind) => [kind, `${kind}Binding`]),
  ),
);

/** Whether it is the configuration of admission itself that is written: nothing that is configured may keep anybody from mending it. */
export const isAdmissionConfiguration = ({ kind: { group, kind } }: Pick<Attributes, 'kind'>): boolean =>
  group === 'admissionregistration.k8s.io' && exemptKinds.has(kind);

const accessReviews: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': ['localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
};

/** Whether it is asked who somebody is, or what they may do: nothing that is configured may lock everybody out. */
export const isAccessReview = ({ resource: { group, resource } }: Pick<Attributes, 'resource'>): boolean => accessReviews[group]?.includes(resource) ?? false;
