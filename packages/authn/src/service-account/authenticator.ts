/** Knows service accounts by their tokens (pkg/serviceaccount/jwt.go). */
import { aggregateError, goQuote, type JsonObject } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import { audiencesOf, commonAudiences } from '../audiences.js';
import type { AuthResult } from '../authenticator.js';
import type { TokenAuthenticator } from '../bearer.js';
import { type RegisteredClaims, registeredClaims } from '../jwt/claims.js';
import { readJwt, type UnverifiedJwt, verifiedClaims } from '../jwt/compact.js';
import type { PublicKeys } from './keys.js';
import { type ServiceAccountInfo, serviceAccountUser } from './user.js';

/** A token whose signature, issuer and audiences hold. */
export interface SignedToken {
  readonly token: string;
  readonly claims: JsonObject;
  readonly registered: RegisteredClaims;
  readonly ctx: RequestContext;
}

/** Names of the reference's counters. */
export type TokenUse =
  | 'serviceaccount_legacy_tokens_total'
  | 'serviceaccount_stale_tokens_total'
  | 'serviceaccount_valid_tokens_total'
  | 'serviceaccount_legacy_auto_token_uses_total'
  | 'serviceaccount_legacy_manual_token_uses_total'
  | 'serviceaccount_invalid_legacy_auto_token_uses_total';

export interface SignedTokensOptions {
  readonly name: string;
  readonly issuers: readonly string[];
  readonly keys: PublicKeys;
  /** The audiences of the server: those of tokens that name none. */
  readonly audiences: readonly string[];
  /** Judges what the token says. @throws Error when it does not hold. */
  readonly validate: (token: SignedToken) => Promise<ServiceAccountInfo>;
  readonly observe?: (use: TokenUse) => void;
}

/** Writes down what auditors are to know of a request. */
export function annotate(ctx: RequestContext, key: string, value: string): void {
  if (ctx.audit !== undefined) ctx.audit.annotations[key] = value;
}

/** Tokens of some issuers, signed with some keys. Those of other issuers are unknown to it. */
export function signedTokens(options: SignedTokensOptions): TokenAuthenticator {
  const issuers: ReadonlySet<unknown> = new Set(options.issuers);
  return {
    name: options.name,
    authenticateToken(token, ctx) {
      const jwt = readJwt(token);
      return jwt !== undefined && issuers.has(jwt.claims.iss) ? authenticate(token, jwt, ctx, issuers, options) : undefined;
    },
  };
}

async function authenticate(
  token: string,
  jwt: UnverifiedJwt,
  ctx: RequestContext,
  issuers: ReadonlySet<unknown>,
  { keys, audiences, validate, observe }: SignedTokensOptions,
): Promise<AuthResult> {
  const claims = await claimsOf(token, jwt, keys);
  const registered = registeredClaims(claims);
  if (!issuers.has(registered.issuer)) throw new Error(`token issuer ${goQuote(registered.issuer)} is invalid`);

  let offered = registered.audience;
  if (offered.length === 0) {
    annotate(ctx, 'authentication.k8s.io/legacy-token', registered.subject);
    observe?.('serviceaccount_legacy_tokens_total');
    offered = audiences;
  }
  const wanted = audiencesOf(ctx) ?? audiences;
  const common = commonAudiences(offered, wanted);
  if (common.length === 0 && audiences.length > 0) throw new Error(`token audiences ${quoted(offered)} is invalid for the target audiences ${quoted(wanted)}`);

  return { user: serviceAccountUser(await validate({ token, claims, registered, ctx })), audiences: common };
}

const quoted = (texts: readonly string[]): string => `[${texts.map(goQuote).join(' ')}]`;

async function claimsOf(token: string, jwt: UnverifiedJwt, keys: PublicKeys): Promise<JsonObject> {
  const candidates = keys.keys(jwt.kid);
  if (candidates.length === 0) throw new Error('invalid signature, no keys found');
  const failures: unknown[] = [];
  for (const { key } of candidates) {
    try {
      return await verifiedClaims(token, jwt, key);
    } catch (error) {
      failures.push(error);
    }
  }
  throw aggregateError(failures);
}
