/** Signs service-account tokens (pkg/serviceaccount/jwt.go). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JsonObject } from '@apiserver-kit/machinery';
import { CompactSign } from 'jose/jws/compact/sign';
import { algorithmsOf } from '../jwt/compact.js';
import { keyIdOf } from './keys.js';

/** Makes tokens of claims. */
export interface TokenIssuer {
  /** The claim `iss` of its tokens. */
  readonly issuer: string;
  issue(claims: JsonObject): Promise<string>;
}

/** The issuer of tokens that do not expire. */
export const legacyIssuer = 'kubernetes/serviceaccount';

/**
 * Signs with a private key: RS256 for RSA, ES256, ES384 or ES512 by the curve.
 * @throws Error for keys of other kinds.
 */
export function tokenIssuer(issuer: string, privateKey: KeyObject): TokenIssuer {
  const [alg] = algorithmsOf(privateKey);
  if (alg === undefined) throw new Error('unknown private key type, must be *rsa.PrivateKey, *ecdsa.PrivateKey, or jose.OpaqueSigner');
  const kid = keyIdOf(createPublicKey(privateKey));
  return {
    issuer,
    issue(claims) {
      // Claims are printed in the order of their names.
      const named = Object.fromEntries(Object.entries({ ...claims, iss: issuer }).sort(([a], [b]) => (a < b ? -1 : 1)));
      return new CompactSign(Buffer.from(JSON.stringify(named))).setProtectedHeader({ alg, kid }).sign(privateKey);
    },
  };
}
