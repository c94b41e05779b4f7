/** JSON Web Tokens in their compact form, before and after anything of them is believed. */
import type { KeyObject } from 'node:crypto';
import { isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { compactVerify } from 'jose/jws/compact/verify';
import { base64UrlBytes, isBase64Url } from '../base64url.js';

/** What a token says, verified by nobody. */
export interface UnverifiedJwt {
  readonly alg: string;
  /** Empty where it names no key. */
  readonly kid: string;
  /** Whether it asks for more than a signature: nobody here understands what. */
  readonly isCritical: boolean;
  readonly claims: JsonObject;
}

/** Reads a token; undefined when it is none that could be verified. What it says is to be believed by nobody before {@link verifiedClaims}. */
export function readJwt(token: string): UnverifiedJwt | undefined {
  let head: string;
  let payload: string;
  let signature: string;
  try {
    [head, payload, signature] = parts(token);
  } catch {
    // Somebody else may know what it is.
    return undefined;
  }
  const header = readHeader(head);
  const claims = jsonPart(payload);
  return header === undefined || claims === undefined || !isBase64Url(signature) ? undefined : { ...header, claims };
}

type Header = Omit<UnverifiedJwt, 'claims'>;

/** The headers that were read last. All tokens of a key have one. */
const headers = new Map<string, Header>();
const maxHeaders = 32;
const maxHeaderLength = 512;

function readHeader(text: string): Header | undefined {
  const known = headers.get(text);
  if (known !== undefined) return known;
  const { alg, kid = '', crit } = jsonPart(text) ?? {};
  if (typeof alg !== 'string' || typeof kid !== 'string') return undefined;
  const header = { alg, kid, isCritical: crit !== undefined };
  if (text.length > maxHeaderLength) return header;
  if (headers.size >= maxHeaders) headers.delete(headers.keys().next().value!);
  headers.set(text, header);
  return header;
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
 *
 * They are those that were read before: what is signed is the very text that they were read from.
 *
 * @param jwt what {@link readJwt} gave for the token.
 * @param algorithms further limits those that the key allows.
 * @throws Error when it was not; the message never holds anything of the token.
 */
export async function verifiedClaims(
  token: string,
  { alg, isCritical, claims }: UnverifiedJwt,
  key: KeyObject,
  algorithms?: readonly string[],
): Promise<JsonObject> {
  const failure = 'go-jose/go-jose: error in cryptographic primitive';
  if (isCritical || !algorithmsOf(key).includes(alg) || algorithms?.includes(alg) === false) throw new Error(failure);
  try {
    await compactVerify(token, key, { algorithms: [alg] });
  } catch (error) {
    throw new Error(failure, { cause: error });
  }
  return claims;
}
