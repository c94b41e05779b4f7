/** The bearer token of browsers, as a WebSocket subprotocol (k8s.io/apiserver/pkg/authentication/request/websocket). */
import { isUtf8 } from 'node:buffer';
import { chain, type RequestContext } from '@apiserver-kit/pipeline';
import type { Authenticator } from './authenticator.js';
import { base64UrlBytes } from './base64url.js';
import { knownToken, type TokenAuthenticator, tokenUnion } from './bearer.js';

const prefix = 'base64url.bearer.authorization.k8s.io.';
const header = 'sec-websocket-protocol';

/**
 * Authenticates by a subprotocol `base64url.bearer.authorization.k8s.io.TOKEN`, the token in base64url. Takes it out of the request when it
 * holds; the client has to offer another protocol, which the server can choose.
 *
 * @throws Error when there is such a protocol that cannot be read, or a token that nobody knows.
 */
export function websocketBearer(...tokens: readonly TokenAuthenticator[]): Authenticator {
  const known = tokenUnion(tokens);
  return {
    name: 'websocket',
    authenticate(ctx) {
      const offered = isWebSocket(ctx) ? ctx.request.headers[header] : undefined;
      if (offered === undefined) return undefined;
      const { token, others } = readProtocols(offered);
      if (token === '') return undefined;
      if (others.length === 0) throw new Error('missing additional subprotocol');
      return chain(known.authenticateToken(token, ctx), (result) => {
        const answer = knownToken(result);
        (ctx.request.headers as Record<string, string | undefined>)[header] = others.join(',');
        return answer;
      });
    },
  };
}

const isWebSocket = ({ request: { headers } }: RequestContext): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket' && headers.connection?.toLowerCase().includes('upgrade') === true;

function readProtocols(offered: string): { token: string; others: string[] } {
  const protocols = offered.split(',').map((protocol) => protocol.trim());
  const encoded = protocols.filter((protocol) => protocol.startsWith(prefix));
  if (encoded.length > 1) throw new Error('multiple base64.bearer.authorization tokens specified');
  const others = protocols.filter((protocol) => !protocol.startsWith(prefix));
  if (encoded.length === 0) return { token: '', others };
  const bytes = base64UrlBytes(encoded[0]!.slice(prefix.length));
  if (bytes === undefined) throw new Error('invalid base64.bearer.authorization token encoding');
  if (!isUtf8(bytes)) throw new Error('invalid base64.bearer.authorization token');
  return { token: bytes.toString('utf8'), others };
}
