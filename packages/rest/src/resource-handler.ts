/** From a request to the verb of a resource (k8s.io/apiserver/pkg/endpoints/installer.go, apiextensions-apiserver/pkg/apiserver/customresource_handler.go). */
import { admitAll, type AdmissionChain } from '@apiserver-kit/admission';
import { badRequest, type Clock, methodNotSupported, notFound, StatusError, systemClock } from '@apiserver-kit/machinery';
import { type ApiResponse, type Filter, type Handler, pageNotFound, type RequestContext, type RequestInfo, warn } from '@apiserver-kit/pipeline';
import { randomUUID } from 'node:crypto';
import type { ApiRegistry } from './api-registry.js';
import type { RestEnvironment, Target } from './environment.js';
import { type LoadProtobuf, protobufType } from './negotiation/protobuf.js';
import { respondFailure, speaksOtherThanJson } from './respond/respond-failure.js';
import { isStored, type ServedResource, type StoredResource } from './served-resource.js';
import { act } from './verbs/act.js';
import { connect } from './verbs/connect.js';
import { create } from './verbs/create.js';
import { deleteCollection } from './verbs/delete-collection.js';
import { remove } from './verbs/delete.js';
import { get } from './verbs/get.js';
import { list } from './verbs/list.js';
import { patch } from './verbs/patch.js';
import { review } from './verbs/review.js';
import { update } from './verbs/update.js';
import { watch } from './verbs/watch.js';

export interface ResourceHandlerOptions {
  readonly registry: ApiRegistry;
  /** Default: admits everything. */
  readonly admission?: AdmissionChain;
  readonly clock?: Clock;
  /** Default: random, as the reference's. */
  readonly uid?: () => string;
  /** How long a watch lives that asks for no timeout, in ms. Default: at random between half an hour and an hour. */
  readonly watchTimeoutMs?: readonly [min: number, max: number];
  /** Brings the binary form of built-in kinds; called at the first request that speaks it. Default: nobody may. */
  readonly protobuf?: LoadProtobuf;
  /**
   * Whether a garbage collector runs: deletions then hold objects by the finalizers `orphan` and `foregroundDeletion`, which it takes away.
   * Default false: nobody would.
   */
  readonly garbageCollection?: boolean;
  /**
   * May the user of the request create the object that a PUT names? Called where a PUT finds none and the resource lets it create one.
   * @throws StatusError Forbidden. Default: nobody may.
   */
  readonly authorizeCreate?: (ctx: RequestContext) => void | Promise<void>;
}

type Verb = (target: Target) => ApiResponse | Promise<ApiResponse>;

const objectVerbs: Readonly<Record<string, Verb>> = { get, update, patch, delete: remove };
const collectionVerbs: Readonly<Record<string, Verb>> = { list, watch, create, deletecollection: deleteCollection };

const half = 30 * 60_000;

/**
 * Answers requests to the resources of a registry; all others go on to the next handler.
 * Needs `ctx.info`.
 */
export function resourceHandler({
  registry,
  admission = admitAll,
  clock = systemClock,
  uid = randomUUID,
  watchTimeoutMs = [half, 2 * half],
  protobuf,
  garbageCollection = false,
  authorizeCreate = (ctx) => {
    throw new StatusError({ code: 403, reason: 'Forbidden', message: `creating by PUT is not allowed: ${ctx.request.path}` });
  },
}: ResourceHandlerOptions): Filter {
  const environment: RestEnvironment = { admission, clock, uid, watchTimeoutMs, protobuf: undefined, garbageCollection, authorizeCreate };
  const load = async (): Promise<void> => {
    environment.protobuf = await protobuf!();
  };
  return (next) => {
    const go = (ctx: RequestContext, info: RequestInfo, resource: ServedResource): ApiResponse | Promise<ApiResponse> => {
      if (protobuf && !environment.protobuf && speaksProtobuf(ctx)) return load().then(() => go(ctx, info, resource));
      return speaksOtherThanJson(ctx)
        ? failing(ctx, environment, () => route(ctx, info, resource, environment, next))
        : route(ctx, info, resource, environment, next);
    };
    return (ctx) => {
      const { info } = ctx;
      if (!info?.isResourceRequest || info.resource === '') return next(ctx);
      const found = registry.find(info.apiGroup, info.apiVersion, info.resource);
      if (found === undefined) return next(ctx);
      return found instanceof Promise ? found.then((resource) => go(ctx, info, resource)) : go(ctx, info, found);
    };
  };
}

const speaksProtobuf = ({ request: { headers } }: RequestContext): boolean =>
  headers.accept?.includes(protobufType) === true || headers['content-type']?.includes(protobufType) === true;

/** Answers failures in the client's own form. Other clients' are answered in JSON further out. */
function failing(ctx: RequestContext, { protobuf }: RestEnvironment, run: () => ApiResponse | Promise<ApiResponse>): ApiResponse | Promise<ApiResponse> {
  try {
    const response = run();
    return response instanceof Promise ? response.catch((error: unknown) => respondFailure(ctx, error, protobuf)) : response;
  } catch (error) {
    return respondFailure(ctx, error, protobuf);
  }
}

function route(
  ctx: RequestContext,
  info: RequestInfo,
  resource: ServedResource,
  environment: RestEnvironment,
  next: Handler,
): ApiResponse | Promise<ApiResponse> {
  const { name, subresource: subresourceName } = info;
  const isNamespaces = resource.group === '' && resource.resource === 'namespaces';
  // Of the paths of namespaces, the reference's RequestInfo says that they lie in themselves.
  const namespace = isNamespaces ? '' : info.namespace;
  if (!resource.namespaced && namespace !== '') return pageNotFound();
  if (info.parts!.length > 3 && !(isStored(resource) && resource.subresources[subresourceName]?.connect?.hasPath))
    return resource.family === 'custom' && isStored(resource) ? unknownSubresource(resource, name) : next(ctx);
  if (!isStored(resource)) {
    if (name !== '' || (resource.namespaced && namespace === '')) return pageNotFound();
    return info.verb === 'create' ? review(ctx, resource, namespace, environment) : notAllowed(resource, info.verb);
  }
  if (resource.deprecationWarning !== undefined) warn(ctx, resource.deprecationWarning);
  const isSelectedByName = !info.parts![1] && (info.verb === 'list' || info.verb === 'watch');
  if (isSelectedByName) return routeCollection({ ctx, resource, namespace, name: '', subresourceName: '', subresource: undefined, environment }, info);
  if (resource.namespaced && namespace === '' && (name !== '' || info.verb === 'create' || info.verb === 'update' || info.verb === 'patch'))
    return pageNotFound();
  const subresource = subresourceName === '' ? undefined : resource.subresources[subresourceName];
  if (subresourceName !== '' && !subresource) return resource.family === 'custom' ? unknownSubresource(resource, name) : pageNotFound();
  const target: Target = { ctx, resource, namespace, name, subresourceName, subresource, environment };
  return name === '' ? routeCollection(target, info) : routeObject(target, info);
}

function routeCollection(target: Target, { verb }: RequestInfo): ApiResponse | Promise<ApiResponse> {
  const { resource } = target;
  if ((verb === 'update' || verb === 'patch') && resource.family === 'custom') throw badRequest('name must be provided');
  const run = collectionVerbs[verb];
  if (!run || !resource.verbs.includes(verb)) return notAllowed(resource, verb);
  return run(target);
}

function routeObject(target: Target, { verb }: RequestInfo): ApiResponse | Promise<ApiResponse> {
  const { resource, subresource } = target;
  if (subresource?.connect && subresource.verbs.includes(verb)) return connect(target, subresource.connect);
  if (subresource?.create && verb === 'create') return act(target, subresource.create);
  // Custom resources may be created under their name.
  if (verb === 'create' && resource.family === 'custom' && !subresource) return create(target);
  const run = objectVerbs[verb];
  if (!run || !(subresource ?? resource).verbs.includes(verb)) return notAllowed(resource, verb);
  return run(target);
}

const unknownSubresource = (resource: StoredResource, name: string): never => {
  throw notFound(resource, name);
};

/** 405, in the words of the family. */
function notAllowed(resource: ServedResource, verb: string): never {
  if (resource.family === 'custom') throw methodNotSupported(resource, verb);
  throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });
}
