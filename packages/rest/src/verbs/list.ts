/** GET of a collection: from the cache, at the version asked for, in pages. */
import { badRequest, expired, isReason, type ListMeta, type ListOptions, type StatusError } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { CacheList, Selection } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import { negotiate, type Representation } from '../negotiation/accept.js';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token.js';
import { printList } from './print-list.js';
import { respondBytes } from '../respond/respond.js';
import { listOptionsOf, selectionOf } from './selection.js';
import { parseResourceVersion, waitForVersion } from './versions.js';

/** Answers at once when the cache is up to date and the list is of now. */
export function list(target: Target): ApiResponse | Promise<ApiResponse> {
  const representation = negotiate(target.ctx);
  const options = listOptionsOf(target);
  const selection = selectionOf(target, options);
  const found = read(target, options, selection);
  return found instanceof Promise ? found.then((page) => answer(target, page, representation)) : answer(target, found, representation);
}

function answer(target: Target, page: CacheList, representation: Representation): ApiResponse | Promise<ApiResponse> {
  return respondBytes(200, printList(target, page.entries, metaOf(target, page), representation), representation);
}

/** The list's metadata: its version, and where the next page begins. */
function metaOf({ resource }: Target, { entries, resourceVersion, next }: CacheList): ListMeta {
  const meta: ListMeta = { resourceVersion: String(resourceVersion) };
  if (next) {
    const last = entries[entries.length - 1]!.key;
    meta.continue = encodeContinue({ resourceVersion, start: `${last.slice(resource.store.prefix.length + 1)}\0` });
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
  await waitForVersion(version, { cacher, clock: target.environment.clock });
  // Without a match, a limited list of a version is of exactly that version, as it was before there was a match to be given.
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  if (!isExact) return cacher.list(selection, { limit });
  try {
    return await cacher.listAt(version, selection, { limit });
  } catch (error) {
    throw isReason(error, 'Expired') ? expired('The resourceVersion for the provided list is too old.') : error;
  }
}

async function nextPage(target: Target, { resourceVersion, limit, continue: text }: ListOptions, selection: Selection): Promise<CacheList> {
  const { store } = target.resource;
  const token = readToken(text);
  if (resourceVersion !== '' && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  await store.cacher.fresh();
  const startKey = `${store.prefix}/${token.start}`;
  if (token.resourceVersion < 0) return store.cacher.list(selection, { limit, startKey });
  await waitForVersion(token.resourceVersion, { cacher: store.cacher, clock: target.environment.clock });
  try {
    return await store.cacher.listAt(token.resourceVersion, selection, { limit, startKey });
  } catch (error) {
    throw isReason(error, 'Expired') ? tooOldToContinue(token) : error;
  }
}

function readToken(text: string): ContinueToken {
  try {
    return decodeContinue(text);
  } catch (error) {
    throw badRequest(`invalid continue token: ${(error as Error).message}`);
  }
}

/** 410, with a token that goes on with what is there now. */
function tooOldToContinue({ start }: ContinueToken): StatusError {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.status.metadata.continue = encodeContinue({ resourceVersion: -1, start });
  return error;
}
