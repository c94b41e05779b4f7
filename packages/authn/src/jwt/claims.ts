/** The registered claims of RFC 7519, typed as the reference's library types them (go-jose/jwt). */
import type { JsonObject } from '@apiserver-kit/machinery';

/** Times are seconds since the epoch. */
export interface RegisteredClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: readonly string[];
  readonly expiry: number | undefined;
  readonly notBefore: number | undefined;
  readonly issuedAt: number | undefined;
  readonly id: string;
}

/** @throws Error when one has another type. */
export const registeredClaims = (claims: JsonObject): RegisteredClaims => ({
  issuer: textClaim(claims, 'iss'),
  subject: textClaim(claims, 'sub'),
  audience: audienceClaim(claims.aud),
  expiry: timeClaim(claims.exp),
  notBefore: timeClaim(claims.nbf),
  issuedAt: timeClaim(claims.iat),
  id: textClaim(claims, 'jti'),
});

/** Seconds by which clocks may differ. */
export const leewaySeconds = 60;

export type TimeFailure = 'expired' | 'notYetValid' | 'issuedInTheFuture';

/** What the times in the claims say against the token now, give or take a minute. */
export function timeFailure({ expiry, notBefore, issuedAt }: RegisteredClaims, nowMs: number): TimeFailure | undefined {
  const now = nowMs / 1000;
  if (notBefore !== undefined && now + leewaySeconds < notBefore) return 'notYetValid';
  if (expiry !== undefined && now - leewaySeconds > expiry) return 'expired';
  if (issuedAt !== undefined && now + leewaySeconds < issuedAt) return 'issuedInTheFuture';
  return undefined;
}

function textClaim(claims: JsonObject, name: string): string {
  const value = claims[name] ?? '';
  if (typeof value !== 'string') throw new Error(`the claim ${name} is no text`);
  return value;
}

function audienceClaim(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string'))
    throw new Error('go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience');
  return list;
}

function timeClaim(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw new Error('go-jose/go-jose/jwt: expected number value to unmarshal NumericDate');
  return Math.trunc(value);
}
