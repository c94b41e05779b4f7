/** Bearer tokens (k8s.io/apiserver/pkg/authentication/request/bearertoken). */
import { type RequestContext, warn } from '@apiserver-kit/pipeline';
import { aggregateError } from './aggregate-error.js';
import type { AuthAnswer, Authenticator } from './authenticator.js';

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
 * Authenticates by the bearer token; several that know tokens are asked in order.
 *
 * @throws Error `invalid bearer token` when there is a token that none of them knows.
 */
export function bearer(...tokens: readonly TokenAuthenticator[]): Authenticator {
  const askFrom = (start: number, token: string, ctx: RequestContext, errors: readonly unknown[]): AuthAnswer => {
    let failures = errors;
    for (let at = start; at < tokens.length; at++) {
      let answer: AuthAnswer;
      try {
        answer = tokens[at]!.authenticateToken(token, ctx);
      } catch (error) {
        failures = [...failures, error];
        continue;
      }
      if (answer instanceof Promise)
        return answer.then(
          (result) => result ?? askFrom(at + 1, token, ctx, failures),
          (error: unknown) => askFrom(at + 1, token, ctx, [...failures, error]),
        );
      if (answer !== undefined) return answer;
    }
    throw failures.length > 0 ? aggregateError(failures) : new Error('invalid bearer token');
  };
  return {
    name: tokens.map(({ name }) => name).join(',') || 'bearer',
    authenticate(ctx) {
      const token = bearerToken(ctx);
      return token === undefined ? undefined : askFrom(0, token, ctx, []);
    },
  };
}
