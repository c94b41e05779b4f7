/** Whose is this token: the TokenReview of authentication.k8s.io (pkg/registry/authentication/tokenreview). */
import { badRequest, internalError, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { commonAudiences, withAudiences } from './audiences.js';
import type { Authenticator, AuthResult } from './authenticator.js';
import { reviewedUser } from './self-subject-review.js';

export interface TokenReviewOptions {
  /** `--api-audiences`: for reviews that ask for none. */
  readonly audiences?: readonly string[];
  /** Admission's last word on the review. */
  readonly admit?: (review: KubeObject) => void | Promise<void>;
}

type TokenReview = KubeObject & { readonly spec?: { readonly token?: string; readonly audiences?: readonly string[] } };

/**
 * Answers a TokenReview: asks the server's own authenticator about a request that has nothing but the token.
 * @param authenticator undefined: nobody is known, and the review comes back as it is.
 * @returns the review with its status. A token that does not hold is an answer, too.
 * @throws StatusError BadRequest without a token; InternalError where the authenticator gives audiences that were not asked for.
 */
export async function tokenReview(authenticator: Authenticator | undefined, review: KubeObject, options: TokenReviewOptions = {}): Promise<KubeObject> {
  const { token = '', audiences = [] } = (review as TokenReview).spec ?? {};
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  await options.admit?.(structuredClone(review));
  if (authenticator === undefined) return review;
  const wanted = audiences.length > 0 ? audiences : (options.audiences ?? []);
  return { ...review, status: await statusOf(authenticator, token, wanted) } as KubeObject;
}

async function statusOf(authenticator: Authenticator, token: string, wanted: readonly string[]): Promise<object> {
  const ctx = createContext(requestWith(token));
  if (wanted.length > 0) withAudiences(ctx, wanted);
  let result: AuthResult | undefined;
  try {
    result = await authenticator.authenticate(ctx);
  } catch (error) {
    return { user: {}, error: error instanceof Error ? error.message : String(error) };
  }
  if (result === undefined) return { user: {} };
  const { user, audiences = [] } = result;
  // Who asked for an audience must never take a token for good that was made for others.
  if (wanted.length > 0 && commonAudiences(wanted, audiences).length === 0) throw internalError('error validating audiences');
  return { authenticated: true, user: reviewedUser(user), ...(audiences.length > 0 && { audiences }) };
}

const requestWith = (token: string): ApiRequest => ({
  method: 'GET',
  path: '/',
  rawQuery: '',
  // Header text is bytes, one a character.
  headers: { authorization: `Bearer ${Buffer.from(token, 'utf8').toString('latin1')}` },
  isSecure: true,
  protocol: 'HTTP/1.1',
  remoteAddress: '',
  peerCertificate: () => undefined,
  body: () => Promise.resolve(new Uint8Array(0)),
});
