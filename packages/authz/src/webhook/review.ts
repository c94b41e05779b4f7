/** A question as a webhook gets it: a SubjectAccessReview (k8s.io/apiserver/plugin/pkg/authorizer/webhook). */
import { isRecord, type KubeObject, type LabelOperator, parseFieldSelector, parseLabelSelector } from '@apiserver-kit/machinery';
import type { Attributes } from '../authorizer.js';
import {
  authorizationGroup,
  type ResourceAttributes,
  type SelectorAttributes,
  type SelectorRequirement,
  type SubjectAccessReviewSpec,
} from '../reviews/spec.js';

/** Versions of the reviews that webhooks speak. */
export const reviewVersions = ['v1', 'v1beta1'] as const;
export type ReviewVersion = (typeof reviewVersions)[number];

/** What the request and its user are; members that are empty are left out. */
export function reviewSpec(attributes: Attributes): SubjectAccessReviewSpec {
  const { user, isResourceRequest, path, verb } = attributes;
  return {
    ...(isResourceRequest ? { resourceAttributes: resourceAttributesOf(attributes) } : { nonResourceAttributes: filled({ path, verb }) }),
    ...(user !== undefined && {
      ...(user.name !== '' && { user: user.name }),
      ...(user.groups.length > 0 && { groups: user.groups }),
      ...(user.extra !== undefined && Object.keys(user.extra).length > 0 && { extra: user.extra }),
      ...(user.uid && { uid: user.uid }),
    }),
  };
}

function filled<T extends Record<string, string>>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')) as Partial<T>;
}

function resourceAttributesOf(attributes: Attributes): ResourceAttributes {
  const { namespace, verb, apiGroup: group, apiVersion: version, resource, subresource, name, fieldSelector, labelSelector } = attributes;
  return {
    ...filled({ namespace, verb, group, version, resource, subresource, name }),
    ...selectorOf('fieldSelector', fieldSelector, fieldRequirements),
    ...selectorOf('labelSelector', labelSelector, labelRequirements),
  };
}

/** A selector only narrows: one that cannot be read is left out, and the question is broader. */
function selectorOf(name: string, text: string, read: (text: string) => SelectorRequirement[]): Record<string, SelectorAttributes> {
  if (text === '') return {};
  try {
    const requirements = read(text);
    return requirements.length === 0 ? {} : { [name]: { requirements } };
  } catch {
    return {};
  }
}

const fieldRequirements = (text: string): SelectorRequirement[] =>
  parseFieldSelector(text).requirements.map(({ field, operator, value }) => ({ key: field, operator: operator === '=' ? 'In' : 'NotIn', values: [value] }));

const labelOperators: Partial<Record<LabelOperator, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

const labelRequirements = (text: string): SelectorRequirement[] =>
  parseLabelSelector(text).requirements.flatMap(({ key, operator, values }) => {
    const known = labelOperators[operator];
    return known === undefined ? [] : [{ key, operator: known, ...(values.length > 0 && { values }) }];
  });

/** The review to send. In v1beta1 the groups are `group`. */
export function reviewObject(spec: SubjectAccessReviewSpec, version: ReviewVersion): KubeObject {
  const { groups, ...rest } = spec;
  const sent = version === 'v1' || groups === undefined ? spec : { ...rest, group: groups };
  return { kind: 'SubjectAccessReview', apiVersion: `${authorizationGroup}/${version}`, metadata: {}, spec: sent, status: { allowed: false } };
}

/** What a webhook answered. */
export interface ReviewAnswer {
  readonly isAllowed: boolean;
  readonly isDenied: boolean;
  readonly reason: string;
}

/** @throws Error when the status is not as it should be: nothing is allowed by an answer that cannot be read. */
export function readAnswer({ status }: KubeObject): ReviewAnswer {
  const { allowed = false, denied = false, reason = '' } = isRecord(status) ? status : {};
  if (typeof allowed !== 'boolean' || typeof denied !== 'boolean' || typeof reason !== 'string')
    throw new Error('the webhook answered a status that is no SubjectAccessReviewStatus');
  return { isAllowed: allowed, isDenied: denied, reason };
}
