/** What stands behind the filters: who answers which path. */
import { type Filter, type Handler, pageNotFound } from '@apiserver-kit/pipeline';

/** Handlers that each answer their own paths and pass on the rest; what nobody answers is a 404. */
export const routes = (handlers: readonly Filter[]): Handler => handlers.reduceRight<Handler>((next, handler) => handler(next), pageNotFound);

/** Answers one path, with what is below it or not; passes on all others. */
export const atPath =
  (path: string, handler: Handler): Filter =>
  (next) =>
  (ctx) =>
    ctx.request.path === path ? handler(ctx) : next(ctx);
