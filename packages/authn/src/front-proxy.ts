/** Believes a front proxy that names the user in headers (k8s.io/apiserver/pkg/authentication/request/headerrequest). */
import type { Clock } from '@apiserver-kit/machinery';
import type { ApiRequest } from '@apiserver-kit/pipeline';
import type { Authenticator } from './authenticator.js';
import { type HeaderValues, type RequestHeaderNames, standardRequestHeaders, userFromRequestHeaders } from './request-header.js';
import { type ClientCAs, rememberedCertificates } from './x509/remembered.js';
import { commonNameOf } from './x509/subject-user.js';

export interface FrontProxyOptions {
  /** The authorities of front proxies: others than those of clients, or a client could be anybody. */
  readonly clientCAs: ClientCAs;
  /** The common names of front proxies. Default: whoever has a certificate of the authorities. */
  readonly allowedNames?: readonly string[] | (() => readonly string[]);
  readonly names?: RequestHeaderNames | (() => RequestHeaderNames);
  readonly clock?: Clock;
}

/**
 * Knows users by the headers of a request that came from a front proxy, which shows a certificate of its own authorities.
 *
 * @throws Error when `clientCAs` is a text without a certificate. The authenticator throws one for a certificate that does not hold, or whose
 * name is not allowed, also where the request has none of the headers.
 */
export function frontProxy({ clientCAs, allowedNames = [], names = standardRequestHeaders, clock }: FrontProxyOptions): Authenticator {
  const known = rememberedCertificates({ clientCAs, clock, judge: (leaf) => commonNameOf(leaf.subjectAttributes) });
  const namesNow = typeof names === 'function' ? names : () => names;
  const allowedNow = typeof allowedNames === 'function' ? allowedNames : () => allowedNames;
  return {
    name: 'requestHeader',
    authenticate({ request }) {
      const peer = request.peerCertificate();
      if (peer === undefined || peer.chain.length === 0) return undefined;
      const proxy = known(peer);
      if (proxy === undefined) return undefined;
      const allowed = allowedNow();
      if (allowed.length > 0 && !allowed.includes(proxy.verdict)) throw new Error(`x509: subject with cn=${proxy.verdict} is not in the allowed list`);
      const user = userFromRequestHeaders(headerValues(request), namesNow());
      return user && { user };
    },
  };
}

/**
 * All the values of each header. Where the listener does not tell values apart, several stand as one, joined: never the other way round, in which
 * a group named `a, system:masters` would be two.
 */
function headerValues(request: ApiRequest): HeaderValues {
  const values: Record<string, readonly string[]> = Object.create(null);
  for (const [name, joined] of Object.entries(request.headers)) {
    if (joined !== undefined && !name.startsWith(':')) values[name] = (request.headerValues?.(name) ?? [joined]).map(utf8);
  }
  return values;
}

/** Header text is bytes, one a character; a user's name is the UTF-8 in them. */
const utf8 = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8'));
