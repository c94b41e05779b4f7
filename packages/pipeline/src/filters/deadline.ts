import { badRequest, type Clock, systemClock, timeoutError } from '@apiserver-kit/machinery';
import type { RequestContext } from '../context.js';
import type { Filter } from '../handler.js';
import { type ApiResponse, isWatchStream, statusResponse } from '../response.js';

/** True for requests that may go on for as long as the client likes: watches and proxied connections. */
export type LongRunningCheck = (ctx: RequestContext) => boolean;

const longVerbs = new Set(['watch', 'proxy']);
const longSubresources = new Set(['proxy', 'log', 'exec', 'attach', 'portforward']);

/** The reference's rule. */
export const isLongRunning: LongRunningCheck = ({ info }) =>
  info !== undefined && (longVerbs.has(info.verb) || (info.isResourceRequest && longSubresources.has(info.subresource)));

/** Sets `ctx.receivedAt`. */
export const receivedTime =
  (clock: Clock = systemClock): Filter =>
  (next) =>
  (ctx) => {
    ctx.receivedAt = clock.now();
    return next(ctx);
  };

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's time.ParseDuration, in milliseconds; undefined when it is not one. */
export function parseDuration(value: string): number | undefined {
  if (value === '0') return 0;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/.test(value)) return undefined;
  let ms = 0;
  for (const [, digits, unit] of value.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) ms += Number(digits) * units[unit!]!;
  return value.startsWith('-') ? -ms : ms;
}

/**
 * Gives each request that is not long-running a deadline: `?timeout=` up to the limit, else the limit. When it passes, `ctx.signal` is
 * aborted, which ends the work, and the client gets 504 Timeout. A handler that answered synchronously never starts a timer.
 */
export const deadline =
  ({ maxMs = 60_000, clock = systemClock, longRunning = isLongRunning }: { maxMs?: number; clock?: Clock; longRunning?: LongRunningCheck } = {}): Filter =>
  (next) =>
  (ctx) => {
    if (longRunning(ctx)) return next(ctx);
    let ms = maxMs;
    if (ctx.request.rawQuery.includes('timeout=')) {
      const asked = ctx.query.get('timeout');
      if (asked !== null && asked !== '') {
        const parsed = parseDuration(asked);
        if (parsed === undefined)
          return statusResponse(badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(asked)}`));
        if (parsed > 0) ms = Math.min(parsed, maxMs);
      }
    }
    ctx.deadline = (ctx.receivedAt || clock.now()) + ms;
    const response = next(ctx);
    if (!(response instanceof Promise)) return response;
    return new Promise<ApiResponse>((resolve, reject) => {
      const cancel = clock.after(ms, () => {
        ctx.abort(new Error('the deadline has passed'));
        resolve(statusResponse(timeoutError('request did not complete within the allotted timeout', 0)));
      });
      response.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (error: unknown) => {
          cancel();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  };

/** A handler whose answer is a stream is not done when it answers. */
export const isStreaming = (response: ApiResponse): boolean => isWatchStream(response.body);
