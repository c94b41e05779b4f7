/** The filter that lets a user act as another (k8s.io/apiserver/pkg/endpoints/filters/impersonation). */
import { asStatusError, type Clock, unknownError } from '@apiserver-kit/machinery';
import { type ApiResponse, type Filter, type Handler, type RequestContext, statusResponse } from '@apiserver-kit/pipeline';
import { attributesOf, internalErrorResponse } from '../authorization.js';
import type { Authorizer } from '../authorizer.js';
import { type Attempt, type Impersonated, type ImpersonationMode, impersonationModes } from './modes.js';
import { takeWantedUser, type WantedUser } from './wanted-user.js';

/** How an attempt ended: what the reference's metrics `impersonation_attempts_total` and `impersonation_attempts_duration_seconds` count. */
export interface ImpersonationAttempt {
  /** Empty when it was denied. */
  readonly mode: string;
  readonly decision: 'allowed' | 'denied';
  readonly seconds: number;
}

export interface ImpersonationOptions {
  /** Told of each attempt, for metrics. */
  readonly observe?: (attempt: ImpersonationAttempt) => void;
  readonly clock?: Clock;
}

const maxRememberedModes = 10_000;

/**
 * Lets a request be made as another user, where its own user may do so: `Impersonate-User`, `-Group`, `-Uid` and `-Extra-*`.
 *
 * Needs `ctx.info` and `ctx.user`. Sets `ctx.user` to the other and `ctx.impersonator` to who really asked, and takes the headers out of the
 * request. Stands behind audit, and before everything that acts on the user. Answers 403 with the first refusal, 400 for a group, a uid or
 * an extra without a user.
 *
 * Asked first is whether one may do just this as just such a user (`impersonate-on:MODE:VERB` and `impersonate:MODE`, KEP-5284), last the verb
 * `impersonate`. The mode that a user succeeded with is tried first the next time.
 */
export function impersonation(authorizer: Authorizer, { observe, clock }: ImpersonationOptions = {}): Filter {
  const impersonate = tracked(impersonationModes(authorizer, clock));
  return (next) => (ctx) => {
    let wanted: WantedUser | undefined;
    try {
      wanted = takeWantedUser(ctx.request);
    } catch (error) {
      return refusal(error);
    }
    return wanted === undefined ? next(ctx) : proceed(ctx, wanted, next);
  };

  async function proceed(ctx: RequestContext, wanted: WantedUser, next: Handler): Promise<ApiResponse> {
    const requestor = ctx.user;
    if (requestor === undefined) return internalErrorResponse(ctx, new Error('no User found in the context'));
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    let impersonated: Impersonated;
    try {
      impersonated = await impersonate({ wanted, requestor, attributes: attributesOf(ctx) });
    } catch (error) {
      observe?.({ mode: '', decision: 'denied', seconds: seconds() });
      return refusal(error);
    }
    const { user, constraint } = impersonated;
    observe?.({ mode: constraint === '' ? 'legacy' : constraint.slice('impersonate:'.length), decision: 'allowed', seconds: seconds() });
    ctx.impersonator = requestor;
    ctx.user = user;
    if (ctx.audit !== undefined && constraint !== '') ctx.audit.impersonationConstraint = constraint;
    return next(ctx);
  }
}

/** Tries the modes in turn, the one that the user succeeded with last before the others. */
function tracked(modes: readonly ImpersonationMode[]): (attempt: Attempt) => Promise<Impersonated> {
  const lastModes = new Map<string, ImpersonationMode>();
  return async (attempt) => {
    const { name } = attempt.requestor;
    const last = lastModes.get(name);
    let firstError: unknown;
    for (const mode of last === undefined ? modes : [last, ...modes.filter((other) => other !== last)]) {
      try {
        const impersonated = await mode.check(attempt);
        if (impersonated === undefined) continue;
        lastModes.delete(name);
        if (lastModes.size >= maxRememberedModes) lastModes.delete(lastModes.keys().next().value!);
        lastModes.set(name, mode);
        return impersonated;
      } catch (error) {
        firstError ??= error;
      }
    }
    throw firstError ?? unknownError('all impersonation modes failed');
  };
}

/** @throws what is no answer to a client. */
function refusal(error: unknown): ApiResponse {
  const status = asStatusError(error);
  if (status === undefined) throw error;
  const response = statusResponse(status);
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}
