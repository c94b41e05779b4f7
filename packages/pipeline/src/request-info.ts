/** What a request's path, method and query say it wants (k8s.io/apiserver/pkg/endpoints/request). */
import { decodeListOptions, type ListOptions, pathSegmentName } from '@apiserver-kit/machinery';
import type { Filter, Handler } from './handler.js';
import { type ApiResponse, text } from './response.js';

export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** The path as sent. */
  readonly path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `proxy`; the lower-case method for non-resource paths. */
  readonly verb: string;
  /** `api` or `apis`. */
  readonly apiPrefix: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** The path's segments from the resource on; undefined for non-resource paths. */
  readonly parts: readonly string[] | undefined;
  /** As sent, only on list, watch and deletecollection. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

const verbs: Record<string, string> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const emptyQuery = new URLSearchParams();

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiPrefix: '',
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: undefined,
    fieldSelector: '',
    labelSelector: '',
  };
}

/**
 * Reads what a request wants.
 * @param query called only where the query matters, so that most requests never parse one.
 * @throws Error when a `/watch/` or `/proxy/` path names nothing.
 */
export function requestInfoOf(method: string, path: string, query: () => URLSearchParams = () => emptyQuery): RequestInfo {
  let segments = path.replace(/^\/+|\/+$/g, '').split('/');
  const apiPrefix = segments[0]!;
  if (segments.length < 3) return nonResource(method, path);
  if (apiPrefix !== 'api' && apiPrefix !== 'apis') return nonResource(method, path);
  let apiGroup = '';
  segments = segments.slice(1);
  if (apiPrefix === 'apis') {
    if (segments.length < 3) return { ...nonResource(method, path), apiPrefix };
    apiGroup = segments[0]!;
    segments = segments.slice(1);
  }
  const apiVersion = segments[0]!;
  segments = segments.slice(1);

  let verb = verbs[method] ?? '';
  let isVerbInPath = false;
  if (segments[0] === 'watch' || segments[0] === 'proxy') {
    if (segments.length < 2) throw new Error(`unable to determine kind and namespace from url, ${path}${query().size > 0 ? `?${query().toString()}` : ''}`);
    verb = segments[0];
    isVerbInPath = true;
    segments = segments.slice(1);
  }

  let namespace = '';
  if (segments[0] === 'namespaces' && segments.length > 1) {
    namespace = segments[1]!;
    // `status` and `finalize` belong to the namespace itself; anything else is a resource in it.
    if (segments.length > 2 && segments[2] !== 'status' && segments[2] !== 'finalize') segments = segments.slice(2);
  }
  const resource = segments[0] ?? '';
  let name = segments[1] ?? '';
  const subresource = verb === 'proxy' ? '' : (segments[2] ?? '');

  if (name === '' && verb === 'get') ({ verb, name } = listOrWatch(query()));
  if (name === '' && verb === 'delete') verb = 'deletecollection';

  let fieldSelector = '';
  let labelSelector = '';
  if (!isVerbInPath && (verb === 'list' || verb === 'watch' || verb === 'deletecollection')) {
    fieldSelector = query().get('fieldSelector') ?? '';
    labelSelector = query().get('labelSelector') ?? '';
  }
  return {
    isResourceRequest: true,
    path,
    verb,
    apiPrefix,
    apiGroup,
    apiVersion,
    namespace,
    resource,
    subresource,
    name,
    parts: segments,
    fieldSelector,
    labelSelector,
  };
}

/** A GET without a name: a list, or a watch; a selector on one name gives the name. */
function listOrWatch(query: URLSearchParams): { verb: string; name: string } {
  if (query.size === 0) return { verb: 'list', name: '' };
  let options: ListOptions;
  try {
    options = decodeListOptions(query);
  } catch {
    // The handler answers the bad query; authorization needs to know only which of the two it would be.
    const watch = query.get('watch');
    const isWatch = watch !== null && watch.toLowerCase() !== 'false' && watch !== '0';
    return { verb: isWatch ? 'watch' : 'list', name: '' };
  }
  const exact = options.fieldSelector?.requiresExactMatch('metadata.name');
  const name = exact !== undefined && pathSegmentName(exact).length === 0 ? exact : '';
  return { verb: options.watch ? 'watch' : 'list', name };
}

/**
 * Sets `ctx.info`. Answers 500 in plain text, as the reference does, when the path cannot be read.
 */
export const requestInfo =
  (): Filter =>
  (next: Handler): Handler =>
  (ctx) => {
    try {
      ctx.info = requestInfoOf(ctx.request.method, ctx.request.path, () => ctx.query);
    } catch (error) {
      return internalErrorText(ctx.request.path, `failed to create RequestInfo: ${(error as Error).message}`);
    }
    return next(ctx);
  };

const htmlSafe = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The reference's plain-text answer to a request it could not begin to handle. */
const internalErrorText = (uri: string, message: string): ApiResponse =>
  text(500, `${htmlSafe(`Internal Server Error: ${JSON.stringify(uri)}: ${message}`)}\n`);
