/** OpenAPI v3: a document for each group version, and an index of them (KEP-2896, k8s.io/kube-openapi/pkg/handler3). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import { type ApiResponse, chain, type Filter, type RequestContext } from '@apiserver-kit/pipeline';
import type { MaybePromise } from '@apiserver-kit/storage';
import type { ApiGroupVersion, ApiRegistry, RegisteredResource } from '../../api-registry.js';
import { groupVersionPath } from '../discovery.js';
import { once } from '../printed.js';
import { perGeneration, preferredFirst, servedGroups } from '../served-groups.js';
import { defaultVersion } from '../version.js';
import { documentV3 } from './print-v3.js';
import { mergedSchemas, type SchemaSource } from './schema-source.js';
import { type Content, jsonContent, serveContent, takesJson } from './serve-content.js';

export interface OpenApiOptions {
  /** The documents are of their resources. */
  readonly registries: readonly ApiRegistry[];
  readonly schemas: readonly SchemaSource[];
  /** What the documents say the server's version is. Default: that of {@link defaultVersion}. */
  readonly version?: string;
  readonly clock?: Clock;
  /** Documents that others serve behind this server: listed in the index of v3, and answered elsewhere. Default: none. */
  readonly remoteDocuments?: RemoteDocuments;
}

/** OpenAPI v3 documents of other servers. */
export interface RemoteDocuments {
  /** Raised with each change. */
  readonly generation: number;
  /** By path below `/openapi/v3/`: where the index says they are. */
  urls(): Readonly<Record<string, string>>;
}

const noRemoteDocuments: RemoteDocuments = { generation: 0, urls: () => ({}) };

interface GroupVersionDocument {
  readonly resources: readonly RegisteredResource[];
  readonly content: () => MaybePromise<Content>;
}

interface Documents {
  /** By path below `/openapi/v3/`: `apis/apps/v1`. */
  readonly byPath: ReadonlyMap<string, GroupVersionDocument>;
  readonly index: () => MaybePromise<Content>;
}

const root = '/openapi/v3';
const urlOf = (path: string, hash: string): string => `${root}/${path}?hash=${hash}`;

const isSame = (a: readonly RegisteredResource[], b: readonly RegisteredResource[]): boolean =>
  a.length === b.length && a.every((resource, at) => resource === b[at]);

/** The documents of the registries, made as they are asked for. One whose resources have not changed outlives a change elsewhere. */
function documentsOf({
  registries,
  schemas: sources,
  version = defaultVersion.gitVersion,
  clock = systemClock,
  remoteDocuments = noRemoteDocuments,
}: OpenApiOptions): () => Documents {
  let known: ReadonlyMap<string, GroupVersionDocument> = new Map();

  function documentOf(of: ApiGroupVersion): GroupVersionDocument {
    const content = once(async () => {
      const schemas = await mergedSchemas(sources, (source) => source.v3({ group: of.group, version: of.version }));
      return jsonContent(documentV3(of, schemas, version), clock.now());
    });
    return { resources: of.resources, content };
  }

  return perGeneration([...registries, remoteDocuments], () => {
    const byPath = new Map<string, GroupVersionDocument>();
    for (const of of servedGroups(registries, preferredFirst).flatMap(({ versions }) => versions)) {
      const path = groupVersionPath(of).slice(1);
      const old = known.get(path);
      byPath.set(path, old && isSame(old.resources, of.resources) ? old : documentOf(of));
    }
    known = byPath;
    const index = once(async () => {
      const own = await Promise.all([...byPath].map(async ([path, { content }]) => [path, urlOf(path, (await content()).hash)] as const));
      const urls = { ...remoteDocuments.urls(), ...Object.fromEntries(own) };
      const paths = Object.entries(urls).sort(([a], [b]) => (a < b ? -1 : 1));
      return jsonContent({ paths: Object.fromEntries(paths.map(([path, serverRelativeURL]) => [path, { serverRelativeURL }])) }, clock.now());
    });
    return { byPath, index };
  });
}

function answerDocument(ctx: RequestContext, path: string, content: Content, clock: Clock): ApiResponse {
  const vary = { vary: 'Accept' };
  const asked = ctx.request.rawQuery === '' ? null : ctx.query.get('hash');
  if (!asked) return serveContent(ctx, content, vary);
  if (asked !== content.hash) {
    const headers = { ...vary, 'content-type': 'application/json', etag: `"${content.hash}"`, location: urlOf(path, content.hash) };
    return { status: 301, headers, body: undefined };
  }
  // What has its hash in its address never changes.
  const expires = new Date(clock.now());
  expires.setUTCFullYear(expires.getUTCFullYear() + 1);
  return serveContent(ctx, content, { ...vary, 'cache-control': 'public, immutable', expires: expires.toUTCString() });
}

/**
 * Answers `/openapi/v3`, the index, and `/openapi/v3/<path of a group version>`, with validators for caches; where the request has the hash of the
 * index, for ever. In JSON only: other forms are 406, so that clients that would rather have protobuf take JSON.
 *
 * Documents are made when they are first asked for.
 */
export function openapiV3(options: OpenApiOptions): Filter {
  const documents = documentsOf(options);
  const { clock = systemClock } = options;
  return (next) => (ctx) => {
    const { path } = ctx.request;
    if (path === root) return chain(documents().index(), (content) => serveContent(ctx, content));
    if (!path.startsWith(`${root}/`)) return next(ctx);
    if (!takesJson(ctx)) return { status: 406, headers: { vary: 'Accept' }, body: undefined };
    const name = path.slice(root.length + 1);
    const found = documents().byPath.get(name);
    if (!found) return { status: 404, headers: { vary: 'Accept' }, body: undefined };
    return chain(found.content(), (content) => answerDocument(ctx, name, content, clock));
  };
}
