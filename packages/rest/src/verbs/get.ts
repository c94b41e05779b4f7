/** GET of one object, or of a part of it. */
import { notFound, unknownError } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Entry } from '@apiserver-kit/watch-cache';
import { representationFor, type Target } from '../environment.js';
import type { Representation } from '../negotiation/accept.js';
import { respondEntry } from '../respond/respond-entry.js';
import { parseResourceVersion } from './versions.js';

/** Answers at once when the cache is up to date, which it always is over a storage in this process. */
export function get(target: Target): ApiResponse | Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource);
  const { store } = target.resource;
  const asked = askedVersion(target);
  if (asked === undefined) {
    const found = store.get(target.namespace, target.name);
    return found instanceof Promise ? found.then((entry) => answer(target, entry, representation)) : answer(target, found, representation);
  }
  return cached(target, asked, representation);
}

/** A read that is content with what the cache has, once it has seen the version asked for. */
async function cached(target: Target, version: number, representation: Representation): Promise<ApiResponse> {
  const { store } = target.resource;
  await store.cacher.ready();
  if (version > 0) await store.cacher.reached(version, target.ctx.signal);
  return answer(target, store.cacher.get(store.key(target.namespace, target.name)), representation);
}

function answer(target: Target, entry: Entry | undefined, representation: Representation): ApiResponse | Promise<ApiResponse> {
  if (!entry) throw notFound(target.resource, target.name);
  return respondEntry(target, 200, entry, representation);
}

function askedVersion({ ctx }: Target): number | undefined {
  if (!ctx.request.rawQuery.includes('resourceVersion')) return undefined;
  try {
    return parseResourceVersion(ctx.query.get('resourceVersion') ?? '');
  } catch (error) {
    throw unknownError((error as Error).message);
  }
}
