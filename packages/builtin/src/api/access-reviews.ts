/** Access reviews for an API registry: questions that are answered at once, and never stored. */
import type { Authorizer } from '@apiserver-kit/authz';
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { RegisteredResource, ResourceDescription } from '@apiserver-kit/rest';

export interface AccessReviewsOptions {
  /** Who is asked. */
  readonly authorizer: Authorizer;
  readonly clock?: Clock;
}

const review = (group: string, kind: string, namespaced = false): ResourceDescription => ({
  group,
  version: 'v1',
  resource: `${kind.toLowerCase()}s`,
  kind,
  listKind: `${kind}List`,
  singularName: kind.toLowerCase(),
  namespaced,
  shortNames: [],
  categories: [],
  verbs: ['create'],
  family: 'builtin',
});

const reviews: readonly ResourceDescription[] = [
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
];

/** SelfSubjectReview and the four access reviews. What answers them is loaded with the first. */
export const accessReviews = ({ authorizer, clock = systemClock }: AccessReviewsOptions): RegisteredResource[] =>
  reviews.map((description) => ({
    description,
    subresources: {},
    load: async () => {
      const { reviewResource } = await import('./review-resource.js');
      return reviewResource(description, authorizer, clock);
    },
  }));
