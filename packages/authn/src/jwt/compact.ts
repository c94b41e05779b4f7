/** JSON Web Tokens in their compact form, before and after anything of them is believed. */
import type { KeyObject } from 'node:crypto';
import { isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { compactVerify } from 'jose/jws/compact/verify';
import { base64UrlBytes } from '../base64url.js';

/** What a token says of its signature. Not verified. */
export interface JwtHeader {
  readonly alg: string;
  /** Empty where it names no key. */
  readonly kid: string;
}

/**
 * What a token says of its issuer, verified by nobody: good for finding who should verify it, and for nothing else.
 * @throws Error with the reference's sentence when the text is no token.
 */
export function untrustedIssuer(token: string): string {
  if (token.trimStart().startsWith('{')) throw new Error('token is not compact JWT');
  const claims = jsonPart(parts(token)[1]);
  if (claims === undefined) throw new Error('error decoding token: the payload is no JSON object');
  const issuer = claims.iss ?? '';
  if (typeof issuer !== 'string') throw new Error('while unmarshaling token: the issuer is no text');
  return issuer;
}

/** The header of a token; undefined when it is none that could be verified. */
export function readJwtHeader(token: string): JwtHeader | undefined {
  const [head, , signature] = parts(token);
  const header = jsonPart(head);
  if (header === undefined || base64UrlBytes(signature) === undefined) return undefined;
  const { alg, kid = '' } = header;
  return typeof alg === 'string' && typeof kid === 'string' ? { alg, kid } : undefined;
}

/** The three parts. They are counted before they are cut: a text of dots alone costs nothing. @throws Error when there are more or fewer. */
function parts(token: string): [string, string, string] {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 0 || second < 0 || token.includes('.', second + 1)) throw new Error('malformed token');
  return [token.slice(0, first), token.slice(first + 1, second), token.slice(second + 1)];
}

function jsonPart(text: string): JsonObject | undefined {
  const bytes = base64UrlBytes(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    // Text that is no JSON is no token: the callers say so in their own words.
    return undefined;
  }
}

const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const curveAlgorithms: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** The algorithms that signatures of a key may have: the key decides, not the token. None for keys of other kinds. */
export function algorithmsOf(key: KeyObject): readonly string[] {
  if (key.asymmetricKeyType === 'rsa') return rsaAlgorithms;
  const algorithm = key.asymmetricKeyType === 'ec' ? curveAlgorithms[key.asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  return algorithm === undefined ? [] : [algorithm];
}

/**
 * The claims of a token that was signed with the key.
 * @param algorithms further limits those that the key allows.
 * @throws Error when it was not; the message never holds anything of the token.
 */
export async function verifiedClaims(token: string, key: KeyObject, algorithms?: readonly string[]): Promise<JsonObject> {
  const allowed = algorithms === undefined ? algorithmsOf(key) : algorithmsOf(key).filter((algorithm) => algorithms.includes(algorithm));
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(token, key, { algorithms: allowed as string[] }));
  } catch (error) {
    throw new Error('go-jose/go-jose: error in cryptographic primitive', { cause: error });
  }
  const claims: unknown = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  if (!isRecord(claims)) throw new Error('the claims are no JSON object');
  return claims;
}
