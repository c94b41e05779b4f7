/** What a request is called in metrics (k8s.io/apiserver/pkg/endpoints/metrics). */
import type { RequestContext, RequestInfo } from '@apiserver-kit/pipeline';

/** `resource`, `namespace`, `cluster`, or empty for what is no resource. */
export function scopeOf(info: RequestInfo): string {
  if (info.name !== '' || info.verb === 'create') return 'resource';
  if (info.namespace !== '') return 'namespace';
  return info.isResourceRequest ? 'cluster' : '';
}

const reportedMethods = new Set(['DELETE', 'GET', 'PATCH', 'POST', 'PUT', 'CONNECT', 'LIST', 'WATCH', 'APPLY']);
const connectSubresources = new Set(['log', 'exec', 'portforward', 'attach', 'proxy']);
const applyType = 'application/apply-patch+yaml';

/** Upper case, with LIST and WATCH told from GET, APPLY from PATCH, CONNECT from the rest. Unknown methods are `other`, all of them. */
export function verbOf({ request, query }: RequestContext, info: RequestInfo, scope: string): string {
  const { method } = request;
  if (info.subresource !== '' && info.isResourceRequest && connectSubresources.has(info.subresource)) return 'CONNECT';
  if (method === 'GET' || method === 'HEAD') {
    if (info.verb === 'watch' || (method === 'GET' && request.rawQuery.includes('watch') && isTrue(query.get('watch')))) return 'WATCH';
    return scope !== 'resource' && scope !== '' ? 'LIST' : 'GET';
  }
  if (method === 'PATCH' && request.headers['content-type'] === applyType) return 'APPLY';
  return reportedMethods.has(method) ? method : 'other';
}

/** A boolean of a query, as the reference converts it. */
const isTrue = (value: string | null): boolean => value !== null && value !== '0' && value.toLowerCase() !== 'false';

/** `All`, `invalid`, or empty. */
export function dryRunOf({ request, query }: RequestContext): string {
  if (!request.rawQuery.includes('dryRun')) return '';
  const values = query.getAll('dryRun');
  if (values.length === 0) return '';
  return values.every((value) => value === 'All') ? 'All' : 'invalid';
}
