/** The specs and statuses of access reviews (authorization.k8s.io/v1). */
import type { KubeObject } from '@apiserver-kit/machinery';

type List = readonly string[] | null;

export const authorizationGroup = 'authorization.k8s.io';

/** One condition of a selector as reviews spell it: `In`, `NotIn`, `Exists`, `DoesNotExist`, or one that a newer client knows. */
export interface SelectorRequirement {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: List;
}

/** Either of the two. */
export interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly SelectorRequirement[] | null;
}

export interface ResourceAttributes {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  /** Empty for all. */
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly fieldSelector?: SelectorAttributes | null;
  readonly labelSelector?: SelectorAttributes | null;
}

export interface NonResourceAttributes {
  readonly path?: string;
  readonly verb?: string;
}

/** Of a SelfSubjectAccessReview; exactly one of the two. */
export interface SelfSubjectAccessReviewSpec {
  readonly resourceAttributes?: ResourceAttributes | null;
  readonly nonResourceAttributes?: NonResourceAttributes | null;
}

/** Of a SubjectAccessReview and a LocalSubjectAccessReview. */
export interface SubjectAccessReviewSpec extends SelfSubjectAccessReviewSpec {
  readonly user?: string;
  readonly groups?: List;
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, List>> | null;
}

/** The status of all three. */
export interface SubjectAccessReviewStatus {
  readonly allowed: boolean;
  readonly denied?: true;
  readonly reason?: string;
  readonly evaluationError?: string;
}

/** A review as a client sends it. */
export interface Review<Spec> extends KubeObject {
  spec: Spec;
}

/** A review as it is answered. */
export type Answered<R, Status> = R & { status: Status };
