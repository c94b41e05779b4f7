/** GET of a collection: from the cache, at the version asked for, in pages. */
import { asStatusError, badRequest, type ListMeta, type ListOptions } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { CacheList, Selection } from '@apiserver-kit/watch-cache';
import { representationFor, type Target } from '../environment.js';
import type { Representation } from '../negotiation/accept.js';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token.js';
import { respondList } from './print-list.js';
import { listOptionsOf, selectionOf } from './selection.js';
import { parseResourceVersion } from './versions.js';

/** Answers at once when the cache is up to date and the list is of now. */
export function list(target: Target): ApiResponse | Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource);
  const options = listOptionsOf(target);
  const selection = selectionOf(target, options);
  const found = read(target, options, selection);
  return found instanceof Promise ? found.then((page) => answer(target, page, representation)) : answer(target, found, representation);
}

function answer(target: Target, page: CacheList, representation: Representation): ApiResponse | Promise<ApiResponse> {
  return respondList(target, page.entries, metaOf(target, page), representation);
}

/** The list's metadata: its version, and where the next page begins. */
function metaOf({ resource }: Target, { resourceVersion, next }: CacheList): ListMeta {
  const meta: ListMeta = { resourceVersion: String(resourceVersion) };
  if (next) {
    meta.continue = encodeContinue({ resourceVersion, start: next.startKey.slice(resource.store.prefix.length + 1) });
    if (next.remaining !== undefined) meta.remainingItemCount = next.remaining;
  }
  return meta;
}

/**
 * Reads a page as the options ask (KEP-365, KEP-1904, KEP-2340).
 * @throws StatusError BadRequest for versions and tokens that cannot be read; Expired; Timeout for versions that do not come.
 */
export function read(target: Target, options: ListOptions, selection: Selection): CacheList | Promise<CacheList> {
  const { cacher } = target.resource.store;
  if (options.continue !== '') return nextPage(target, options, selection);
  const version = askedVersion(options);
  // What the cache has is good enough, and a limit is not worth a second request.
  if (version === 0) return when(cacher.ready(), () => cacher.list(selection));
  if (version === undefined) return when(cacher.fresh(), () => cacher.list(selection, { limit: options.limit }));
  return atVersion(target, version, options, selection);
}

const when = <T>(ready: unknown, then: () => T): T | Promise<T> => (ready instanceof Promise ? ready.then(then) : then());

function askedVersion({ resourceVersion }: ListOptions): number | undefined {
  try {
    return parseResourceVersion(resourceVersion);
  } catch (error) {
    throw badRequest(`invalid resource version: ${(error as Error).message}`);
  }
}

async function atVersion(target: Target, version: number, { resourceVersionMatch, limit }: ListOptions, selection: Selection): Promise<CacheList> {
  const { cacher } = target.resource.store;
  await cacher.ready();
  await cacher.reached(version, target.ctx.signal);
  // Without a match, a limited list of a version is of exactly that version, as it was before there was a match to be given.
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  return isExact ? cacher.listAt(version, selection, { limit }) : cacher.list(selection, { limit });
}

async function nextPage(target: Target, { resourceVersion, limit, continue: text }: ListOptions, selection: Selection): Promise<CacheList> {
  const { store } = target.resource;
  const token = readToken(text);
  if (resourceVersion !== '' && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  await store.cacher.fresh();
  const startKey = `${store.prefix}/${token.start}`;
  if (token.resourceVersion < 0) return store.cacher.list(selection, { limit, startKey });
  await store.cacher.reached(token.resourceVersion, target.ctx.signal);
  try {
    return await store.cacher.listAt(token.resourceVersion, selection, { limit, startKey });
  } catch (error) {
    throw withTokenOfNow(error, token);
  }
}

function readToken(text: string): ContinueToken {
  try {
    return decodeContinue(text);
  } catch (error) {
    throw badRequest(`invalid continue token: ${(error as Error).message}`);
  }
}

/** Gives a 410 the token that goes on with what is there now. */
function withTokenOfNow(error: unknown, { start }: ContinueToken): unknown {
  const known = asStatusError(error);
  if (known?.reason === 'Expired') known.status.metadata.continue = encodeContinue({ resourceVersion: -1, start });
  return error;
}
