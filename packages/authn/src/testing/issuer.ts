/** A real OpenID issuer for tests: its document, its keys and its tokens, over HTTPS. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { tlsAuthority } from './authority.js';
import { startHttps } from './https-server.js';

export interface TestIssuer {
  readonly url: string;
  readonly caPem: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** What the document says otherwise than it would. */
  document: Record<string, unknown>;
  /** Sent with the keys. */
  cacheControl: string | undefined;
  /** Answers at further paths. */
  readonly pages: Map<string, (authorization: string | undefined) => string | Promise<string>>;
  /** Replaces all keys by one. */
  rotate(algorithm?: string): Promise<void>;
  /** Signs a token of the newest key. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  isDown: boolean;
  close(): Promise<void>;
}

export async function startIssuer(nowMs: () => number): Promise<TestIssuer> {
  const authority = tlsAuthority();
  let privateKey!: CryptoKey;
  let algorithm = 'RS256';
  let jwk!: JWK;
  const server = await startHttps(authority.server(), async (request, response) => {
    const path = request.url ?? '';
    issuer.requests.push(path);
    const page = issuer.pages.get(path);
    const json = (value: unknown, headers = {}) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (issuer.isDown) response.writeHead(503).end('down');
    else if (path === '/.well-known/openid-configuration') json({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.document });
    else if (path === '/keys') json({ keys: [{ kty: 'unheard-of' }, jwk] }, issuer.cacheControl === undefined ? {} : { 'cache-control': issuer.cacheControl });
    else if (page !== undefined) response.end(await page(request.headers.authorization));
    else response.writeHead(404).end('not here');
  });
  const issuer: TestIssuer = {
    url: server.url,
    caPem: authority.ca,
    requests: [],
    document: {},
    cacheControl: 'max-age=3600',
    pages: new Map(),
    isDown: false,
    async rotate(next = 'RS256') {
      algorithm = next;
      const pair = await generateKeyPair(next, { extractable: true });
      privateKey = pair.privateKey;
      jwk = { ...(await exportJWK(pair.publicKey)), kid: randomUUID(), use: 'sig', alg: next };
    },
    token(claims = {}, header = {}) {
      const now = Math.floor(nowMs() / 1000);
      return new SignJWT({ iss: issuer.url, aud: 'kubernetes', sub: 'jane', iat: now, exp: now + 600, ...claims })
        .setProtectedHeader({ alg: algorithm, kid: jwk.kid, ...header })
        .sign(privateKey);
    },
    close: server.close,
  };
  await issuer.rotate();
  return issuer;
}
