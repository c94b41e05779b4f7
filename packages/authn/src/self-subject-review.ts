/** Who am I: the SelfSubjectReview of authentication.k8s.io (pkg/registry/authentication/selfsubjectreview). */
import { badRequest, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';

/** authentication.k8s.io's UserInfo, as reviews show it. */
export interface ReviewedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A user as reviews show them: what is empty is left out. */
export const reviewedUser = ({ name, uid, groups, extra }: UserInfo): ReviewedUser => ({
  ...(name !== '' && { username: name }),
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
});

/**
 * The answer to a SelfSubjectReview. Nothing of the question is in it but its kind and version.
 * @param nowMs milliseconds since the epoch.
 * @throws StatusError BadRequest without a user.
 */
export function selfSubjectReview(
  { kind, apiVersion }: Pick<KubeObject, 'kind' | 'apiVersion'>,
  user: UserInfo | undefined,
  nowMs: number,
): KubeObject & { status: { readonly userInfo: ReviewedUser } } {
  if (user === undefined) throw badRequest('no user present on request');
  return { kind, apiVersion, metadata: { creationTimestamp: timestamp(nowMs) }, status: { userInfo: reviewedUser(user) } };
}
