/** What stands behind the filters: who answers which path. */
import { type ErrorLog, type Filter, type Handler, pageNotFound, recover } from '@apiserver-kit/pipeline';

/**
 * Handlers that each answer their own paths and pass on the rest; what nobody answers is a 404.
 *
 * What they throw is answered here, and not only by the outermost filter: the filters between add their headers to failures, too.
 */
export const routes = (handlers: readonly Filter[], log?: ErrorLog): Handler =>
  recover(log)(handlers.reduceRight<Handler>((next, handler) => handler(next), pageNotFound));

/** Answers one path, with what is below it or not; passes on all others. */
export const atPath =
  (path: string, handler: Handler): Filter =>
  (next) =>
  (ctx) =>
    ctx.request.path === path ? handler(ctx) : next(ctx);
