/** An OpenID provider: its document, its keys, and the tokens that it signs (go-oidc). */
import type { HttpClient } from '@apiserver-kit/client';
import { type Clock, goQuote, isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { registeredClaims } from '../jwt/claims.js';
import { readJwt } from '../jwt/compact.js';
import { KeySet } from './key-set.js';

export interface ProviderOptions {
  /** As tokens and the document have to spell it. */
  readonly issuer: string;
  /** Where the document is. Default: under the issuer. */
  readonly discoveryUrl?: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly client: HttpClient;
  readonly clock: Clock;
  /** Told of each fetch of keys, for metrics. */
  readonly observeKeys?: (outcome: 'success' | 'failure') => void;
}

/** Verifies the tokens of an issuer. */
export interface IdTokenVerifier {
  /** The claims of a token that was issued by the issuer, for one of the audiences, and holds now. @throws Error when it does not. */
  verify(token: string): Promise<JsonObject>;
}

/**
 * Reads the document of an issuer.
 * @throws Error when it cannot be read, or is of another issuer.
 */
export async function discoverProvider(options: ProviderOptions): Promise<IdTokenVerifier> {
  const { issuer, discoveryUrl, client, clock, observeKeys } = options;
  const url = discoveryUrl || `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await client.request({ method: 'GET', url });
  if (answer.status !== 200) throw new Error(answer.statusLine);
  let document: unknown;
  try {
    document = JSON.parse(answer.body.toString('utf8'));
  } catch (error) {
    throw new Error('oidc: failed to decode provider discovery object: the document is no JSON', { cause: error });
  }
  const found = isRecord(document) ? document : {};
  if (found.issuer !== issuer)
    throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${goQuote(issuer)} got ${goQuote(String(found.issuer ?? ''))}`);
  if (typeof found.jwks_uri !== 'string' || found.jwks_uri === '') throw new Error('provider did not return JWKS URL');
  return idTokenVerifier(new KeySet({ url: found.jwks_uri, client, clock, observe: observeKeys }), options);
}

/** Google's tokens may leave out the scheme of their issuer. */
const googleIssuer = 'https://accounts.google.com';
export const withGoogleScheme = (issuer: string): string => (issuer === 'accounts.google.com' ? googleIssuer : issuer);

export function idTokenVerifier(keys: Pick<KeySet, 'verify'>, { issuer, audiences, algorithms, clock }: Omit<ProviderOptions, 'client'>): IdTokenVerifier {
  return {
    async verify(token) {
      const jwt = readJwt(token);
      if (jwt === undefined) throw new Error('oidc: malformed jwt');
      if (!algorithms.includes(jwt.alg))
        throw new Error(`oidc: id token signed with unsupported algorithm, expected ${quoted(algorithms)} got ${goQuote(jwt.alg)}`);
      let claims: JsonObject;
      try {
        claims = await keys.verify(token, jwt, algorithms);
      } catch (error) {
        throw new Error(`failed to verify signature: ${(error as Error).message}`, { cause: error });
      }
      judge(claims, issuer, audiences, clock.now());
      return claims;
    },
  };
}

function judge(claims: JsonObject, issuer: string, audiences: readonly string[], nowMs: number): void {
  const found = registeredClaims(claims);
  judgeSources(claims);
  if (withGoogleScheme(found.issuer) !== issuer)
    throw new Error(`oidc: id token issued by a different provider, expected ${goQuote(issuer)} got ${goQuote(found.issuer)}`);
  const isForUs = found.audience.some((audience) => audiences.includes(audience));
  if (!isForUs)
    throw new Error(
      `oidc: expected audience ${audiences.length > 1 ? `in ${quoted([...audiences].sort())}` : goQuote(audiences[0] ?? '')} got ${quoted(found.audience)}`,
    );
  const expiryMs = (found.expiry ?? 0) * 1000;
  if (expiryMs < nowMs) throw new Error(`oidc: token is expired (Token Expiry: ${goTime(expiryMs)})`);
  if (found.notBefore !== undefined && nowMs + 60_000 < found.notBefore * 1000)
    throw new Error(`oidc: current time ${goTime(nowMs)} before the nbf (not before) time: ${goTime(found.notBefore * 1000)}`);
}

/** Claims that are to be had elsewhere have to say where. */
function judgeSources({ _claim_names: names, _claim_sources: sources }: JsonObject): void {
  for (const source of Object.values(isRecord(names) ? names : {})) {
    if (typeof source !== 'string' || source === '') throw new Error('oidc: failed to obtain source from claim name');
    if (!isRecord(sources) || !Object.hasOwn(sources, source)) throw new Error('oidc: source does not exist');
  }
}

const quoted = (texts: readonly string[]): string => `[${texts.map(goQuote).join(' ')}]`;
const goTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
