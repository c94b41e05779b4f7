/** For whom credentials are made, and for whom they are asked about (k8s.io/apiserver/pkg/authentication/authenticator). */
import { chain, type RequestContext } from '@apiserver-kit/pipeline';
import type { AuthAnswer, AuthResult } from './authenticator.js';
import type { TokenAuthenticator } from './bearer.js';

/** Beside the context, not in it: requests ask for no audience but the server's own; reviews of tokens do. */
const asked = new WeakMap<RequestContext, readonly string[]>();

/** Says for which audiences a credential of this request has to be made. Without, they are those of the server. */
export function withAudiences(ctx: RequestContext, audiences: readonly string[]): RequestContext {
  asked.set(ctx, audiences);
  return ctx;
}

/** The audiences that the request asks for; undefined where it asks for none. */
export const audiencesOf = (ctx: RequestContext): readonly string[] | undefined => asked.get(ctx);

/** Those of `audiences` that are among `others`, in their order and each once. */
export const commonAudiences = (audiences: readonly string[], others: readonly string[]): string[] => [
  ...new Set(audiences.filter((audience) => others.includes(audience))),
];

/**
 * Lets tokens that say nothing of audiences count as made for `audiences`, those of the server: where others are asked for, they are unknown.
 */
export const audienceAgnostic = (audiences: readonly string[], tokens: TokenAuthenticator): TokenAuthenticator => ({
  name: tokens.name,
  authenticateToken(token, ctx): AuthAnswer {
    const wanted = audiencesOf(ctx);
    if (wanted === undefined) return tokens.authenticateToken(token, ctx);
    const common = commonAudiences(audiences, wanted);
    if (common.length === 0) return undefined;
    const claim = (result: AuthResult | undefined): AuthResult | undefined => result && { ...result, audiences: common };
    return chain(tokens.authenticateToken(token, ctx), claim);
  },
});
