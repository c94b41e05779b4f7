/** The list of paths that a server has, at its root and for those who ask for a path that is not there (k8s.io/apiserver/pkg/server/routes/index.go). */
import type { ApiResponse, Filter } from '@apiserver-kit/pipeline';
import type { ApiRegistry } from '../api-registry.js';
import { groupVersionPath } from './discovery.js';
import { PrintedDocument } from './printed.js';
import { perGeneration } from './served-groups.js';

export interface RootPathsOptions {
  /** Their groups and versions are listed. */
  readonly registries: readonly ApiRegistry[];
  /** All other paths: health, metrics, `/version`, `/openapi/v3`, … Those known when the server was put together. */
  readonly paths?: readonly string[];
}

function pathsOf(registries: readonly ApiRegistry[], others: readonly string[]): string[] {
  const paths = new Set(['/apis', '/apis/', ...others]);
  for (const { name, versions } of registries.flatMap((registry) => registry.groups())) {
    paths.add(name === '' ? '/api' : `/apis/${name}`);
    for (const version of versions) paths.add(groupVersionPath(version));
  }
  return [...paths].sort();
}

const isApiPath = (path: string): boolean => path === '/api' || path.startsWith('/api/') || path.startsWith('/apis/');

/**
 * Answers `/` and `/index.html` with the paths of the server, and all other paths that come as far as this, save those of APIs, with the same and 404.
 * Belongs behind everything that answers paths of its own.
 */
export function rootPaths({ registries, paths = [] }: RootPathsOptions): Filter {
  const document = perGeneration(registries, () => new PrintedDocument(() => ({ paths: pathsOf(registries, paths) })));
  const answer = (status: number): ApiResponse => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: document().print({ format: 'json', pretty: true }) as Buffer,
  });
  return (next) => (ctx) => {
    const { path } = ctx.request;
    if (path === '/' || path === '/index.html') return answer(200);
    return isApiPath(path) ? next(ctx) : answer(404);
  };
}
