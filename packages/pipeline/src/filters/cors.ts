import { chain, type Filter } from '../handler.js';
import type { ResponseHeaders } from '../response.js';

const methods = 'POST, GET, OPTIONS, PUT, DELETE, PATCH';
const requestHeaders = 'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since';
const exposed = 'Date';

/**
 * Lets browsers of the named origins call. `isAllowed` is the assembler's own test of the Origin header: give it a set of origins, or a
 * linear-time matcher, never a user's expression on the JavaScript engine.
 */
export const cors =
  (isAllowed: (origin: string) => boolean): Filter =>
  (next) =>
  (ctx) => {
    const origin = ctx.request.headers.origin;
    if (origin === undefined || !isAllowed(origin)) return next(ctx);
    const headers: ResponseHeaders = {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': requestHeaders,
      'access-control-expose-headers': exposed,
      'access-control-allow-credentials': 'true',
    };
    if (ctx.request.method === 'OPTIONS') return { status: 204, headers, body: undefined };
    return chain(next(ctx), (response) => {
      Object.assign(response.headers, headers);
      return response;
    });
  };
