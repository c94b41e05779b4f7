import { asStatusError } from '@apiserver-kit/machinery';
import { type ApiResponse, type Filter, isWatchStream, sinkEnding, type RequestContext, type WatchStream } from '@apiserver-kit/pipeline';
import type { RequestMetrics } from './request-metrics.js';

const mutatingMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const countedPaths = new Set(['/healthz', '/livez', '/readyz', '/api', '/apis']);

/**
 * Counts requests and how long they took; a watch when it ends.
 *
 * Stands around everything that may answer, and reads `ctx.info` and `ctx.authorization` after the answer. As in the reference, requests that
 * are not authenticated or not allowed are not counted, nor are paths that nobody serves.
 */
export const metricsFilter =
  (metrics: RequestMetrics): Filter =>
  (next) =>
  (ctx) => {
    const startedAt = metrics.now();
    const watermark = mutatingMethods.has(ctx.request.method) ? metrics.mutating : metrics.readOnly;
    watermark.begin(startedAt);
    const failed = (error: unknown): never => {
      watermark.end();
      record(metrics, ctx, asStatusError(error)?.code ?? 500, false, startedAt);
      throw error;
    };
    const answered = (response: ApiResponse): ApiResponse => {
      watermark.end();
      if (isWatchStream(response.body)) return { ...response, body: counted(metrics, ctx, response, response.body, startedAt) };
      record(metrics, ctx, response.status, isUnserved(response), startedAt);
      return response;
    };
    let response: ApiResponse | Promise<ApiResponse>;
    try {
      response = next(ctx);
    } catch (error) {
      return failed(error);
    }
    return response instanceof Promise ? response.then(answered, failed) : answered(response);
  };

/** What the router says of a path that is not there; a missing object is answered in JSON. */
const isUnserved = ({ status, headers }: ApiResponse): boolean => status === 404 && String(headers['content-type'] ?? '').startsWith('text/plain');

function seriesOf(metrics: RequestMetrics, ctx: RequestContext, code: number, isUnserved_: boolean): ReturnType<RequestMetrics['seriesOf']> {
  const { info, authorization } = ctx;
  if (info === undefined || isUnserved_ || code === 401 || (authorization !== undefined && authorization.decision !== 'allow')) return undefined;
  if (!info.isResourceRequest && !countedPaths.has(info.path)) return undefined;
  // Answers that are given before anybody looked whether there is such a resource.
  const isKnown = code !== 403 && code !== 429 && code < 500;
  return metrics.seriesOf(ctx, info, isKnown);
}

function record(metrics: RequestMetrics, ctx: RequestContext, code: number, isUnserved_: boolean, startedAt: number): void {
  const series = seriesOf(metrics, ctx, code, isUnserved_);
  if (series !== undefined) metrics.observe(series, code, startedAt);
}

function counted(metrics: RequestMetrics, ctx: RequestContext, { status }: ApiResponse, stream: WatchStream, startedAt: number): WatchStream {
  const series = seriesOf(metrics, ctx, status, false);
  if (series === undefined) return stream;
  series.longRunning++;
  let isOpen = true;
  const ended = (): void => {
    if (!isOpen) return;
    isOpen = false;
    series.longRunning--;
    metrics.observe(series, status, startedAt);
  };
  return {
    start: (sink) => stream.start(sinkEnding(sink, ended)),
    stop: () => {
      ended();
      stream.stop();
    },
  };
}
