/** What a server serves, for clients to find out (k8s.io/apiserver/pkg/endpoints/discovery). */
import type { Filter } from '@apiserver-kit/pipeline';
import type { ApiGroup, ApiGroupVersion, ApiRegistry, VersionOrder } from '../api-registry.js';
import { apiGroupDiscoveryList } from './aggregated.js';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './lists.js';
import { AggregatedDocument, DiscoveryPage } from './page.js';
import { noRemoteGroups, type RemoteGroups } from './remote-groups.js';
import { perGeneration, preferredFirst, servedGroups } from './served-groups.js';

export interface DiscoveryOptions {
  /** Discovery shows their resources as one set. */
  readonly registries: readonly ApiRegistry[];
  /** Host and port under which clients reach the server, for `/api`. Default: empty. */
  readonly serverAddress?: string | (() => string);
  /** Within a group, the preferred version first. Default: stable versions before beta and alpha, higher before lower. */
  readonly versionOrder?: VersionOrder;
  /** What others serve behind this server. Their own lists of resources are not answered here. Default: nothing. */
  readonly remotes?: RemoteGroups;
}

/** The path of a group version, without a slash at its end. */
export const groupVersionPath = ({ group, version }: Pick<ApiGroupVersion, 'group' | 'version'>): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

type Pages = ReadonlyMap<string, DiscoveryPage>;

function pagesOf(groups: readonly ApiGroup[], serverAddress: () => string): Pages {
  const pages = new Map<string, DiscoveryPage>();
  const core = groups.find(({ name }) => name === '');
  const others = groups.filter(({ name }) => name !== '');
  const all = (of: readonly ApiGroup[]) => new AggregatedDocument((version) => apiGroupDiscoveryList(of, version));
  if (core) pages.set('/api', new DiscoveryPage(() => apiVersions(core, serverAddress()), { isRouted: true, aggregated: all([core]) }));
  pages.set('/apis', new DiscoveryPage(() => apiGroupList(others), { isRouted: false, aggregated: all(others) }));
  for (const group of others) pages.set(`/apis/${group.name}`, new DiscoveryPage(() => apiGroup(group), { isRouted: false }));
  for (const version of groups.flatMap(({ versions }) => versions)) {
    if (version.remote) continue;
    const isRouted = version.resources.some(({ description }) => description.family === 'builtin');
    pages.set(groupVersionPath(version), new DiscoveryPage(() => apiResourceList(version), { isRouted }));
  }
  return pages;
}

const withoutEndSlashes = (path: string): string => (path.endsWith('/') ? path.replace(/\/+$/, '') : path);

/**
 * Answers `/api`, `/apis`, `/apis/<group>`, `/api/<version>` and `/apis/<group>/<version>`, with or without a slash at the end, in JSON and YAML; and
 * on the first two, for clients that ask for `as=APIGroupDiscoveryList`, with all of it in one document. Passes on everything else, groups and versions
 * that nobody serves among it.
 *
 * The documents are made at the first request after a change of a registry; requests are answered with their bytes.
 */
export function discovery({ registries, serverAddress = '', versionOrder = preferredFirst, remotes = noRemoteGroups }: DiscoveryOptions): Filter {
  const address = typeof serverAddress === 'string' ? () => serverAddress : serverAddress;
  const pages = perGeneration([...registries, remotes], () => pagesOf(servedGroups(registries, versionOrder, remotes), address));
  return (next) => (ctx) => {
    const { path } = ctx.request;
    if (ctx.info?.isResourceRequest || !path.startsWith('/api')) return next(ctx);
    const page = pages().get(withoutEndSlashes(path));
    return page ? page.answer(ctx) : next(ctx);
  };
}
