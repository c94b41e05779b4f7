/** The filter that refuses what a user may not do (k8s.io/apiserver/pkg/endpoints/filters/authorization.go). */
import { forbidden, goQuote, type StatusError } from '@apiserver-kit/machinery';
import { type ApiResponse, type Filter, type RequestContext, statusResponse, text } from '@apiserver-kit/pipeline';
import { ask, type Attributes, type Authorizer, type Verdict } from './authorizer.js';

const decisionAnnotation = 'authorization.k8s.io/decision';
const reasonAnnotation = 'authorization.k8s.io/reason';

/** How a request was judged: what the reference's metrics `authorization_attempts_total` and `authorization_duration_seconds` count. */
export interface AuthorizationAttempt {
  readonly result: 'allowed' | 'denied' | 'no-opinion' | 'error';
  readonly seconds: number;
}

export interface AuthorizationOptions {
  /** Told of each request that was judged, for metrics. */
  readonly observe?: (attempt: AuthorizationAttempt) => void;
}

/**
 * What a request wants to do.
 * @throws Error when `ctx.info` is not set: the filter has to stand behind requestInfo.
 */
export function attributesOf(ctx: RequestContext): Attributes {
  const { info, user } = ctx;
  if (info === undefined) throw new Error('no RequestInfo found in the context');
  const { verb, isResourceRequest, apiGroup, apiVersion, namespace, resource, subresource, name, path, fieldSelector, labelSelector } = info;
  return { user, verb, isResourceRequest, apiGroup, apiVersion, namespace, resource, subresource, name, path, fieldSelector, labelSelector };
}

/**
 * Refuses requests whose user may not do what they ask: everything that is not allowed outright is refused.
 *
 * Needs `ctx.info` (from requestInfo) and `ctx.user` (from authentication). Sets `ctx.authorization` and the audit annotations
 * `authorization.k8s.io/decision` and `authorization.k8s.io/reason`.
 *
 * @example authorization(union([privilegedGroups(), rbac(store)]))
 */
export function authorization(authorizer: Authorizer, { observe }: AuthorizationOptions = {}): Filter {
  return (next) => {
    const act = (ctx: RequestContext, attributes: Attributes, verdict: Verdict, started: number): ApiResponse | Promise<ApiResponse> => {
      const { decision, reason, error } = verdict;
      observe?.({ result: resultOf(verdict), seconds: (performance.now() - started) / 1000 });
      ctx.authorization = verdict;
      // The decision comes before the error: RBAC may miss a role and allow by another.
      if (decision === 'allow') {
        annotate(ctx, 'allow', reason);
        return next(ctx);
      }
      if (error !== undefined) {
        annotate(ctx, undefined, 'internal error');
        return internalErrorResponse(ctx, error);
      }
      annotate(ctx, 'forbid', reason);
      return forbiddenResponse(attributes, reason);
    };
    return (ctx) => {
      const started = observe === undefined ? 0 : performance.now();
      const attributes = attributesOf(ctx);
      const verdict = ask(authorizer, attributes);
      return verdict instanceof Promise ? verdict.then((late) => act(ctx, attributes, late, started)) : act(ctx, attributes, verdict, started);
    };
  };
}

const resultOf = ({ decision, error }: Verdict): AuthorizationAttempt['result'] => {
  if (decision === 'allow') return 'allowed';
  if (error !== undefined) return 'error';
  return decision === 'deny' ? 'denied' : 'no-opinion';
};

function annotate({ audit }: RequestContext, decision: string | undefined, reason: string): void {
  if (audit === undefined) return;
  if (decision !== undefined) audit.annotations[decisionAnnotation] ??= decision;
  audit.annotations[reasonAnnotation] ??= reason;
}

/** A refusal that a browser takes for a page would be one of the user's making: names and paths are in it. */
const htmlSafe = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** `User "jane" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function forbiddenMessage({ user, verb, isResourceRequest, path, resource, subresource, apiGroup, namespace }: Attributes): string {
  const who = `User ${goQuote(user?.name ?? '')} cannot ${verb}`;
  if (!isResourceRequest) return `${who} path ${goQuote(path)}`;
  const what = `${who} resource ${goQuote(subresource === '' ? resource : `${resource}/${subresource}`)} in API group ${goQuote(apiGroup)}`;
  return namespace === '' ? `${what} at the cluster scope` : `${what} in the namespace ${goQuote(namespace)}`;
}

/** 403 for these attributes, with the reference's sentence. */
export function forbiddenError(attributes: Attributes, reason: string): StatusError {
  const sentence = htmlSafe(forbiddenMessage(attributes));
  const { apiGroup: group, resource, name } = attributes;
  return forbidden({ group, resource }, name, reason === '' ? sentence : `${sentence}: ${reason}`);
}

function forbiddenResponse(attributes: Attributes, reason: string): ApiResponse {
  const response = statusResponse(forbiddenError(attributes, reason));
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}

/** 500 in plain text, as the reference answers what it did not expect before there is a resource. */
export function internalErrorResponse({ request }: RequestContext, error: Error): ApiResponse {
  const uri = request.rawQuery === '' ? request.path : `${request.path}?${request.rawQuery}`;
  return text(500, `${htmlSafe(`Internal Server Error: ${goQuote(uri)}: ${error.message}`)}\n`);
}
