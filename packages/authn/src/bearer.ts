/** Bearer tokens (k8s.io/apiserver/pkg/authentication/request/bearertoken). */
import { chain, type RequestContext, warn } from '@apiserver-kit/pipeline';
import { askInOrder } from './ask-in-order.js';
import type { AuthAnswer, Authenticator, AuthResult, UnionOptions } from './authenticator.js';

/** Knows users by a token. */
export interface TokenAuthenticator {
  readonly name: string;
  /**
   * @returns undefined when the token is none of its own.
   * @throws Error when it is, and does not hold.
   */
  authenticateToken(token: string, ctx: RequestContext): AuthAnswer;
}

const isAscii = /^[\x20-\x7e]*$/;
const spaceWarning = 'the provided Authorization header contains extra space before the bearer token, and is ignored';

/** The token of an `Authorization: Bearer` header; undefined when there is none. Warns the client of a header that almost is one. */
export function bearerToken(ctx: RequestContext): string | undefined {
  const header = ctx.request.headers.authorization?.trim();
  if (header === undefined || header === '') return undefined;
  const [scheme, token, ...more] = header.split(' ', 3);
  if (token === undefined || scheme!.toLowerCase() !== 'bearer') return undefined;
  // Header text is bytes, one a character; a token is the UTF-8 in them.
  if (token !== '') return isAscii.test(token) ? token : Buffer.from(token, 'latin1').toString('utf8');
  if (more.length > 0) warn(ctx, spaceWarning);
  return undefined;
}

/**
 * Several that know tokens as one, asked in order.
 * @throws Error of those that failed, when none knew the token; of the first that fails, with `failOnError`.
 */
export function tokenUnion(tokens: readonly TokenAuthenticator[], { failOnError = false }: UnionOptions = {}): TokenAuthenticator {
  if (tokens.length === 1) return tokens[0]!;
  const ask = askInOrder(
    tokens.map((one) => (ctx, token) => one.authenticateToken(token, ctx)),
    failOnError,
  );
  return { name: tokens.map(({ name }) => name).join(','), authenticateToken: (token, ctx) => ask(ctx, token) };
}

/** @throws Error where nobody knew the token. */
export function knownToken(result: AuthResult | undefined): AuthResult {
  if (result === undefined) throw new Error('invalid bearer token');
  return result;
}

/**
 * Authenticates by the bearer token; several that know tokens are asked in order.
 *
 * @throws Error `invalid bearer token` when there is a token that none of them knows.
 */
export function bearer(...tokens: readonly TokenAuthenticator[]): Authenticator {
  const known = tokenUnion(tokens);
  return {
    name: known.name || 'bearer',
    authenticate(ctx) {
      const token = bearerToken(ctx);
      return token === undefined ? undefined : chain(known.authenticateToken(token, ctx), knownToken);
    },
  };
}
