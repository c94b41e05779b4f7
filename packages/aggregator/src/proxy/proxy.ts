/** Leading a request on to the server of its APIService (kube-aggregator/pkg/apiserver/handler_proxy.go). */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, type RequestContext, text } from '@apiserver-kit/pipeline';
import type { ServiceReference } from '../api-service.js';
import type { ServiceResolver } from '../service-resolver.js';
import { timeLimit } from '../time-limit.js';
import { connectionHeaders, passOn } from './answer.js';
import type { Transport } from './transport.js';
import { isIdentityHeader, userHeaders } from './user-headers.js';

/** Where requests are led to. */
export interface ProxyTarget {
  readonly service: ServiceReference;
  readonly transport: Transport;
}

export interface ProxyOptions {
  readonly resolve: ServiceResolver;
  readonly clock: Clock;
}

/** Discovery is cheap, and many clients wait for it: a server that takes longer is as good as away. */
const discoveryTimeoutMs = 5000;

const errorText = (status: number, message: string): ApiResponse => text(status, `${message}\n`);

/** 503 as for a server that is not available. */
export const serviceUnavailableAnswer = (): ApiResponse => errorText(503, 'service unavailable');

/** `/apis/<group>/<version>` itself. */
const isDiscovery = ({ info }: RequestContext): boolean =>
  info !== undefined && !info.isResourceRequest && info.path.replace(/^\/+|\/+$/g, '').split('/').length === 3;

/**
 * Leads a request on, and its answer back: as the front proxy that says who the user is. What the client said of that itself is left out.
 *
 * Answers 503 when the server cannot be reached, and 500 when nobody knows who the user is.
 */
export async function proxy(ctx: RequestContext, { service, transport }: ProxyTarget, { resolve, clock }: ProxyOptions): Promise<ApiResponse> {
  const { request, user } = ctx;
  if (!user) return errorText(500, 'missing user');
  let host: string;
  try {
    host = await resolve(service.namespace ?? '', service.name ?? '', service.port ?? 443);
  } catch {
    // Why a service cannot be found is said in the condition of the APIService, to those who may read it.
    return serviceUnavailableAnswer();
  }
  const timer = isDiscovery(ctx) ? timeLimit(ctx.signal, discoveryTimeoutMs, clock) : undefined;
  try {
    const path = request.rawQuery === '' ? request.path : `${request.path}?${request.rawQuery}`;
    const signal = timer?.signal ?? ctx.signal;
    const headers = { ...forwardedHeaders(request), ...userHeaders(user), ...(ctx.audit && { 'audit-id': ctx.audit.id }) };
    const answer = await transport.send({ host, method: request.method, path, headers, body: await bodyOf(request), signal });
    return await passOn(answer, request.method);
  } catch (error) {
    if (timer?.isOver) return unreachable('context deadline exceeded');
    return unreachable(error instanceof Error ? error.message : String(error));
  } finally {
    timer?.end();
  }
}

const unreachable = (why: string): ApiResponse => errorText(503, `error trying to reach service: ${why}`);

async function bodyOf(request: ApiRequest): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (request.bodyChunks) return request.bodyChunks();
  const body = await request.body(0);
  return body.length === 0 ? undefined : once(body);
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** What goes on of a request's headers. */
function forwardedHeaders(request: ApiRequest): OutgoingHttpHeaders {
  const dropped = connectionHeaders(request.headers.connection);
  const headers: OutgoingHttpHeaders = {};
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value === undefined || name.startsWith(':') || name === 'host' || name === 'expect' || dropped.has(name) || isIdentityHeader(name)) continue;
    const values = request.headerValues?.(name);
    headers[name] = values && values.length > 1 ? [...values] : value;
  }
  const { 'x-forwarded-for': before } = request.headers;
  if (request.remoteAddress !== '') headers['x-forwarded-for'] = before ? `${before}, ${request.remoteAddress}` : request.remoteAddress;
  headers['x-forwarded-uri'] = request.path;
  if (request.headers.host) headers['x-forwarded-host'] = request.headers.host;
  headers['x-forwarded-proto'] = request.isSecure ? 'https' : 'http';
  return headers;
}
