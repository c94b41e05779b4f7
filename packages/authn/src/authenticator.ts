/** Who makes a request: the interface that every way to prove it has, and how several of them make one. */
import { anonymousUser, groupAuthenticated, groupUnauthenticated, type RequestContext, type UserInfo } from '@apiserver-kit/pipeline';
import { audiencesOf } from './audiences.js';
import { askInOrder } from './ask-in-order.js';

/** What an authenticator found out. Results are shared between requests: never write to them. */
export interface AuthResult {
  readonly user: UserInfo;
  /** For whom the credential was made; undefined where it does not say. */
  readonly audiences?: readonly string[];
}

/** The answer of an authenticator; undefined when the request carries no credential of its kind. */
export type AuthAnswer = AuthResult | undefined | Promise<AuthResult | undefined>;

/** Finds out who makes a request, by one kind of credential. */
export interface Authenticator {
  /** For logs and metrics. */
  readonly name: string;
  /**
   * @returns undefined when there is no credential of this kind; a promise only where something has to be waited for.
   * @throws Error when there is one and it does not hold.
   */
  authenticate(ctx: RequestContext): AuthAnswer;
}

export interface UnionOptions {
  /** Whether the first credential that does not hold ends the search. Default false: the others are tried, too. */
  readonly failOnError?: boolean;
}

/**
 * Asks one authenticator after the other until one knows the user.
 *
 * @throws the errors of all that failed as one, when none knew the user.
 */
export function union(authenticators: readonly Authenticator[], { failOnError = false }: UnionOptions = {}): Authenticator {
  if (authenticators.length === 1) return authenticators[0]!;
  const ask = askInOrder(
    authenticators.map((authenticator) => (ctx) => authenticator.authenticate(ctx)),
    failOnError,
  );
  return { name: authenticators.map(({ name }) => name).join(','), authenticate: (ctx) => ask(ctx, '') };
}

/** Adds `system:authenticated` to the groups of whoever the authenticator knows, except to the anonymous user and where it is said already. */
export const authenticatedGroup = (authenticator: Authenticator): Authenticator => ({
  name: authenticator.name,
  authenticate(ctx) {
    const answer = authenticator.authenticate(ctx);
    return answer instanceof Promise ? answer.then(addAuthenticated) : addAuthenticated(answer);
  },
});

function addAuthenticated(result: AuthResult | undefined): AuthResult | undefined {
  if (result === undefined) return undefined;
  const { user } = result;
  if (user.name === anonymousUser || user.groups.includes(groupAuthenticated) || user.groups.includes(groupUnauthenticated)) return result;
  return { ...result, user: { ...user, groups: [...user.groups, groupAuthenticated] } };
}

export interface AnonymousOptions {
  /** The only paths on which nobody may be somebody. Default: all. */
  readonly paths?: readonly string[];
}

const nobody: AuthResult = Object.freeze({ user: Object.freeze({ name: anonymousUser, groups: Object.freeze([groupUnauthenticated]) }) });

/** Knows everybody, as `system:anonymous` of the group `system:unauthenticated`. Has to be asked last: {@link withAnonymous}. */
export function anonymous({ paths = [] }: AnonymousOptions = {}): Authenticator {
  const allowed = new Set(paths);
  return {
    name: 'anonymous',
    authenticate(ctx) {
      if (allowed.size > 0 && !allowed.has(ctx.request.path)) return undefined;
      const audiences = audiencesOf(ctx);
      return audiences === undefined ? nobody : { ...nobody, audiences };
    },
  };
}

/** Lets requests without any credential in as anonymous; one whose credential does not hold is still refused. */
export const withAnonymous = (authenticator: Authenticator, options?: AnonymousOptions): Authenticator =>
  union([authenticator, anonymous(options)], { failOnError: true });
