/** The filter that finds out who makes a request (k8s.io/apiserver/pkg/endpoints/filters/authentication.go). */
import { unauthorized } from '@apiserver-kit/machinery';
import {
  type ApiResponse,
  anonymousUser,
  chain,
  type Filter,
  groupUnauthenticated,
  type Handler,
  type RequestContext,
  statusResponse,
  type UserInfo,
} from '@apiserver-kit/pipeline';
import type { AuthAnswer, Authenticator, AuthResult } from './authenticator.js';
import { type RequestHeaderNames, requestHeaderRemover, standardRequestHeaders } from './request-header.js';

/** How an attempt ended: what the reference's metrics `authentication_attempts` and `authentication_duration_seconds` count. */
export interface AuthenticationAttempt {
  /** `failure`: no credential that anybody knows; `error`: one that does not hold. */
  readonly result: 'success' | 'failure' | 'error';
  readonly seconds: number;
  /** Set on success. */
  readonly user?: UserInfo;
}

export interface AuthenticationOptions {
  /** The audiences that this server is; a credential made for others only is refused. Default: any. */
  readonly audiences?: readonly string[];
  /** The front proxy's headers, where they are not the standard ones; removed from all requests that go on. A function is asked at each request. */
  readonly requestHeaders?: RequestHeaderNames | (() => RequestHeaderNames);
  /** Answers who is not known. Default: 401 with the reference's Status. */
  readonly failed?: Handler;
  /** Told of each attempt, for metrics. */
  readonly observe?: (attempt: AuthenticationAttempt) => void;
  /** Told why a credential did not hold. Never reaches the client. */
  readonly log?: (message: string, error: unknown) => void;
  /**
   * Whether an HTTP/2 connection is closed after a request of somebody unknown (the reference's UnauthenticatedHTTP2DOSMitigation). Default true.
   */
  readonly closeUnauthenticatedHttp2?: boolean;
}

/** 401, as the reference says it. */
export const unauthorizedResponse = (): ApiResponse => statusResponse(unauthorized('Unauthorized'));

/**
 * Finds out who makes a request, or refuses it.
 *
 * Sets `ctx.user`. Takes the credentials (`Authorization`, the front proxy's headers) out of the request's headers, so that nothing behind
 * it can log or pass them on.
 *
 * @example authentication(withAnonymous(authenticatedGroup(union([x509({ clientCAs }), bearer(tokens)]))))
 */
export function authentication(authenticator: Authenticator, options: AuthenticationOptions = {}): Filter {
  const { audiences = [], requestHeaders, failed = unauthorizedResponse, observe, log, closeUnauthenticatedHttp2 = true } = options;
  const removeRequestHeaders = removerOf(requestHeaders);

  return (next) => {
    const refuse = (ctx: RequestContext): ApiResponse | Promise<ApiResponse> =>
      closeUnauthenticatedHttp2 && ctx.request.protocol === 'HTTP/2.0' ? chain(failed(ctx), closing) : failed(ctx);

    const failing = (ctx: RequestContext, error: unknown, started: number): ApiResponse | Promise<ApiResponse> => {
      observe?.({ result: 'error', seconds: secondsSince(started) });
      log?.('Unable to authenticate the request', error);
      return refuse(ctx);
    };

    const finish = (ctx: RequestContext, result: AuthResult | undefined, started: number): ApiResponse | Promise<ApiResponse> => {
      if (result === undefined) {
        observe?.({ result: 'failure', seconds: secondsSince(started) });
        return refuse(ctx);
      }
      if (!isAudienceAccepted(audiences, result.audiences))
        return failing(ctx, new Error(`unable to match the audience: [${result.audiences?.join(' ')}], accepted: [${audiences.join(' ')}]`), started);
      observe?.({ result: 'success', seconds: secondsSince(started), user: result.user });
      const headers = ctx.request.headers as Record<string, string | undefined>;
      if (headers.authorization !== undefined) headers.authorization = undefined;
      removeRequestHeaders(headers);
      ctx.user = result.user;
      return closeUnauthenticatedHttp2 && ctx.request.protocol === 'HTTP/2.0' && isAnonymous(result.user) ? chain(next(ctx), closing) : next(ctx);
    };

    return (ctx) => {
      const started = observe === undefined ? 0 : performance.now();
      let answer: AuthAnswer;
      try {
        answer = authenticator.authenticate(ctx);
      } catch (error) {
        return failing(ctx, error, started);
      }
      if (!(answer instanceof Promise)) return finish(ctx, answer, started);
      return answer.then(
        (result) => finish(ctx, result, started),
        (error: unknown) => failing(ctx, error, started),
      );
    };
  };
}

function removerOf(names: AuthenticationOptions['requestHeaders']): (headers: Record<string, unknown>) => void {
  if (typeof names !== 'function') return requestHeaderRemover(standardRequestHeaders, ...(names ? [names] : []));
  let known: RequestHeaderNames | undefined;
  let remove: (headers: Record<string, unknown>) => void;
  return (headers) => {
    const now = names();
    if (now !== known) remove = requestHeaderRemover(standardRequestHeaders, now);
    known = now;
    remove(headers);
  };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

const isAudienceAccepted = (accepted: readonly string[], offered: readonly string[] | undefined): boolean =>
  accepted.length === 0 || offered === undefined || offered.length === 0 || offered.some((audience) => accepted.includes(audience));

const isAnonymous = (user: UserInfo): boolean => user.name === anonymousUser || user.groups.includes(groupUnauthenticated);

function closing(response: ApiResponse): ApiResponse {
  response.headers.connection = 'close';
  return response;
}

const knownUsers = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** The label of the metric `authenticated_user_requests`: few values, and no user's name among them. */
export const usernameLabel = (name: string): string => (knownUsers.has(name) ? name : name.includes('@') ? 'email_id' : 'other');
