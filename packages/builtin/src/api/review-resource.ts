/** A review with what it takes to answer it. Loaded with the first request for it. */
import {
  type Authorizer,
  localSubjectAccessReview,
  type Review,
  selfSubjectAccessReview,
  type SelfSubjectAccessReviewSpec,
  selfSubjectRulesReview,
  subjectAccessReview,
  type SubjectAccessReviewSpec,
} from '@apiserver-kit/authz';
import { badRequest, type Clock, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { ResourceDescription, ReviewResource } from '@apiserver-kit/rest';
import { decodeBuiltin } from '../types/decode.js';
import { typeOf } from '../types/type-data.js';
import { decoderOf } from './codec.js';

type Answer = (authorizer: Authorizer, asked: KubeObject, user: UserInfo | undefined, namespace: string, clock: Clock) => KubeObject | Promise<KubeObject>;

/** Tells who asks who they are (KEP-3325). The answer has nothing of the question. */
function selfSubjectReview({ apiVersion, kind }: KubeObject, user: UserInfo | undefined, clock: Clock): KubeObject {
  if (!user) throw badRequest('no user present on request');
  const { name, uid, groups, extra } = user;
  return { apiVersion, kind, metadata: { creationTimestamp: timestamp(clock.now()) }, status: { userInfo: { username: name, uid, groups, extra } } };
}

const answers: Readonly<Record<string, Answer>> = {
  LocalSubjectAccessReview: (authorizer, asked, _, namespace) => localSubjectAccessReview(authorizer, asked as Review<SubjectAccessReviewSpec>, namespace),
  SelfSubjectAccessReview: (authorizer, asked, user) => selfSubjectAccessReview(authorizer, asked as Review<SelfSubjectAccessReviewSpec>, user),
  SelfSubjectReview: (_, asked, user, __, clock) => selfSubjectReview(asked, user, clock),
  SelfSubjectRulesReview: (authorizer, asked, user) => selfSubjectRulesReview(authorizer, asked as Review<{ namespace?: string }>, user),
  SubjectAccessReview: (authorizer, asked) => subjectAccessReview(authorizer, asked as Review<SubjectAccessReviewSpec>),
};

export function reviewResource(description: ResourceDescription, authorizer: Authorizer, clock: Clock): ReviewResource {
  const answer = answers[description.kind]!;
  const type = typeOf(description)!;
  return {
    ...description,
    decode: decoderOf(description),
    // Through the type once more: fields stand in the order of their structs, and what is empty is left out.
    review: async (asked, { user }, namespace) => decodeBuiltin(type, await answer(authorizer, asked, user, namespace, clock)).object as KubeObject,
  };
}
