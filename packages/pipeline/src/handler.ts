/** The interface that all parts meet in. */
import type { RequestContext } from './context.js';
import type { ApiResponse } from './response.js';

/** Answers a request. Returns a promise only where it has something to wait for. */
export type Handler = (ctx: RequestContext) => ApiResponse | Promise<ApiResponse>;

/** Stands around a handler. Applied once, when the server is assembled. */
export type Filter = (next: Handler) => Handler;

/** A filter with the name it has in the chain. */
export interface NamedFilter {
  readonly name: string;
  readonly filter: Filter;
}

/** A composed chain: a handler that knows the names of its filters, outermost first. */
export interface Pipeline extends Handler {
  readonly names: readonly string[];
}

/** Names a filter for the chain's table. */
export const named = (name: string, filter: Filter): NamedFilter => ({ name, filter });

/**
 * Composes filters around a handler, outermost first.
 *
 * @example pipeline([named('requestInfo', requestInfo()), named('authorization', authorization(rbac))], route)
 */
export function pipeline(filters: readonly NamedFilter[], handler: Handler): Pipeline {
  const composed = filters.reduceRight((next, { filter }) => filter(next), handler);
  return Object.assign((ctx: RequestContext) => composed(ctx), { names: filters.map((f) => f.name) });
}

/** True for something to wait for. */
export const isPromise = <T>(value: T | Promise<T>): value is Promise<T> => value instanceof Promise;

/** Calls `then` with the value: now if it is there, later if it is promised. */
export const chain = <T, R>(value: T | Promise<T>, then: (value: T) => R | Promise<R>): R | Promise<R> =>
  value instanceof Promise ? value.then(then) : then(value);
