/** Names each request (k8s.io/apiserver/pkg/endpoints/filters/audit_init.go). */
import type { ApiResponse, Filter } from '@apiserver-kit/pipeline';
import { randomUUID } from 'node:crypto';

/**
 * Sets `ctx.audit`, and the header `Audit-ID` of the answer: the one that the client sent, or a new one. Stands outermost: everything that
 * happens to a request may be written down.
 */
export function auditInit({ uid = randomUUID }: { readonly uid?: () => string } = {}): Filter {
  return (next) => (ctx) => {
    const { request } = ctx;
    const sent = request.headers['audit-id'];
    const id = sent ? (request.headerValues?.('audit-id')[0] ?? sent) : uid();
    ctx.audit = { id, annotations: {} };
    const response = next(ctx);
    return response instanceof Promise ? response.then((late) => identified(late, id)) : identified(response, id);
  };
}

function identified(response: ApiResponse, id: string): ApiResponse {
  response.headers['audit-id'] ??= id;
  return response;
}
