/**
 * Access reviews: questions to the authorizer that come as objects and are answered in their status (pkg/registry/authorization). A server
 * that runs validating admission between validation and answer calls the `validate…` of the kind first.
 */
import { badRequest, type KubeObject } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { ask, type Authorizer, type RuleSet, type Verdict } from '../authorizer.js';
import { type ReviewAttributes, reviewAttributes } from './review-attributes.js';
import type { Answered, Review, SelfSubjectAccessReviewSpec, SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './spec.js';
import { validateLocalSubjectAccessReview, validateSelfSubjectAccessReview, validateSubjectAccessReview } from './validate-review.js';

/**
 * Whether the user that the review names may do what it says.
 * @throws StatusError Invalid.
 */
export async function subjectAccessReview<R extends Review<SubjectAccessReviewSpec>>(
  authorizer: Authorizer,
  question: R,
): Promise<Answered<R, SubjectAccessReviewStatus>> {
  const review = withSpec(question);
  validateSubjectAccessReview(review);
  return { ...review, status: await statusOf(authorizer, reviewAttributes(review.spec, userOf(review.spec))) };
}

/**
 * Likewise, about one namespace.
 * @param namespace of the request. The review's own is that, or missing.
 * @throws StatusError Invalid, or BadRequest.
 */
export async function localSubjectAccessReview<R extends Review<SubjectAccessReviewSpec>>(
  authorizer: Authorizer,
  question: R,
  namespace: string,
): Promise<Answered<R, SubjectAccessReviewStatus>> {
  const { metadata } = question;
  const review = withSpec({ ...question, metadata: { ...metadata, namespace: metadata.namespace || namespace } });
  validateLocalSubjectAccessReview(review, namespace);
  return { ...review, status: await statusOf(authorizer, reviewAttributes(review.spec, userOf(review.spec))) };
}

/**
 * Whether the user who asks may do what the review says.
 * @throws StatusError Invalid, or BadRequest.
 */
export async function selfSubjectAccessReview<R extends Review<SelfSubjectAccessReviewSpec>>(
  authorizer: Authorizer,
  question: R,
  user: UserInfo | undefined,
): Promise<Answered<R, SubjectAccessReviewStatus>> {
  const review = withSpec(question);
  validateSelfSubjectAccessReview(review);
  if (user === undefined) throw badRequest('no user present on request');
  return { ...review, status: await statusOf(authorizer, reviewAttributes(review.spec, user)) };
}

/** All that somebody may do, for people and their tools: never for decisions. */
export interface SubjectRulesReviewStatus {
  readonly resourceRules: RuleSet['resourceRules'];
  readonly nonResourceRules: RuleSet['nonResourceRules'];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/**
 * What the user who asks may do in a namespace, as far as the authorizer can tell. The answer has neither the metadata nor the spec of the
 * question.
 * @throws StatusError BadRequest.
 */
export async function selfSubjectRulesReview<R extends Review<{ readonly namespace?: string }>>(
  authorizer: Authorizer,
  review: R,
  user: UserInfo | undefined,
): Promise<KubeObject & { status: SubjectRulesReviewStatus }> {
  if (user === undefined) throw badRequest('no user present on request');
  const namespace = withSpec(review).spec.namespace ?? '';
  if (namespace === '') throw badRequest('no namespace on request');
  const { resourceRules, nonResourceRules, isIncomplete, error } = (await authorizer.rulesFor?.(user, namespace)) ?? unknownRules;
  return {
    kind: review.kind,
    apiVersion: review.apiVersion,
    metadata: {},
    spec: {},
    status: { resourceRules, nonResourceRules, incomplete: isIncomplete, ...(error !== undefined && { evaluationError: error.message }) },
  };
}

/** A client may leave the spec out: then it is one that asks for nothing. */
const withSpec = <R extends Review<object>>(review: R): R => ({ ...review, spec: review.spec ?? {} });

const unknownRules: RuleSet = { resourceRules: [], nonResourceRules: [], isIncomplete: true };

const userOf = ({ user = '', groups, uid, extra }: SubjectAccessReviewSpec): UserInfo => ({
  name: user,
  groups: groups ?? [],
  ...(uid && { uid }),
  ...(extra && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, values ?? []])) }),
});

async function statusOf(authorizer: Authorizer, { attributes, problems }: ReviewAttributes): Promise<SubjectAccessReviewStatus> {
  const { decision, reason, error }: Verdict = await ask(authorizer, attributes);
  const evaluationErrors = [...(error === undefined ? [] : [error.message]), ...problems];
  return {
    allowed: decision === 'allow',
    ...(decision === 'deny' && { denied: true }),
    ...(reason !== '' && { reason }),
    ...(evaluationErrors.length > 0 && { evaluationError: evaluationErrors.join('; ') }),
  };
}
