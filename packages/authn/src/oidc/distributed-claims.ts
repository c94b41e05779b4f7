/** Claims that a token does not hold itself, but says where they are (OpenID Connect Core 1.0, section 5.6.2). */
import type { HttpClient } from '@apiserver-kit/client';
import { goQuote, isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { untrustedIssuer } from '../jwt/compact.js';
import { type IdTokenVerifier, withGoogleScheme } from './provider.js';

export interface DistributedClaimsOptions {
  /** The one claim that is asked for. */
  readonly claim: string;
  readonly client: HttpClient;
  /** The verifier of an issuer, which may be another than that of the token. @throws Error while there is none. */
  readonly verifierOf: (issuer: string) => IdTokenVerifier;
}

/**
 * The claims with the one that is elsewhere, if it is.
 * @throws Error when it cannot be had. No message holds an access token.
 */
export async function withDistributedClaim(claims: JsonObject, options: DistributedClaimsOptions): Promise<JsonObject> {
  const { claim } = options;
  const { _claim_names: names, _claim_sources: sources } = claims;
  if (Object.hasOwn(claims, claim) || names === undefined) return claims;
  if (sources === undefined) throw new Error('oidc: no claim sources');
  if (!isRecord(names)) throw new Error('oidc: error parsing distributed claim names: they are no object');
  if (!isRecord(sources)) throw new Error('oidc: could not parse claim sources: they are no object');
  const name = Object.hasOwn(names, claim) ? names[claim] : undefined;
  if (typeof name !== 'string') return claims;
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (!isRecord(source)) throw new Error(`id token _claim_names contained a source ${name} missing in _claims_sources`);
  const { endpoint, access_token: accessToken } = source;
  // Without an endpoint it may be an aggregated claim, which nobody reads.
  if (typeof endpoint !== 'string' || endpoint === '') return claims;
  return { ...claims, [claim]: await resolve(endpoint, typeof accessToken === 'string' ? accessToken : '', options) };
}

async function resolve(endpoint: string, accessToken: string, { claim, client, verifierOf }: DistributedClaimsOptions): Promise<unknown> {
  const token = await fetchClaim(endpoint, accessToken, client).catch((error: Error) => {
    throw new Error(`while getting distributed claim ${goQuote(claim)}: ${error.message}`, { cause: error });
  });
  let issuer: string;
  try {
    issuer = withGoogleScheme(untrustedIssuer(token));
  } catch (error) {
    throw new Error(`getting untrusted issuer from endpoint ${endpoint} failed for claim ${goQuote(claim)}: ${(error as Error).message}`);
  }
  let verifier: IdTokenVerifier;
  try {
    verifier = verifierOf(issuer);
  } catch (error) {
    throw new Error(`verifying untrusted issuer ${issuer} failed: ${(error as Error).message}`);
  }
  const claims = await verifier.verify(token).catch((error: Error) => {
    throw new Error(`verify distributed claim token: ${error.message}`, { cause: error });
  });
  if (!Object.hasOwn(claims, claim)) throw new Error(`jwt returned by distributed claim endpoint ${goQuote(endpoint)} did not contain claim: ${claim}`);
  return claims[claim];
}

async function fetchClaim(url: string, accessToken: string, client: HttpClient): Promise<string> {
  const headers: Record<string, string> = accessToken === '' ? {} : { authorization: `Bearer ${accessToken}` };
  const answer = await client.request({ method: 'GET', url, headers });
  if (answer.status < 200 || answer.status > 226) throw new Error(`error while getting distributed claim JWT: ${answer.statusLine}`);
  return answer.body.toString('utf8');
}
