/**
 * Service accounts: issuing and verifying their tokens, the TokenRequest API, and the documents by which others verify them.
 *
 * An entry of its own, so that jose is loaded by those servers only that have service accounts.
 */
export { type SignedToken, type SignedTokensOptions, signedTokens, type TokenUse } from './authenticator.js';
export { serviceAccountTokens, type ServiceAccountTokensOptions } from './bound-tokens.js';
export { boundClaims, type BoundTokenContents, legacyClaims } from './claims.js';
export * from './discovery.js';
export * from './issuer.js';
export * from './keys.js';
export { legacyServiceAccountTokens, type LegacyTokensOptions } from './legacy-tokens.js';
export type { Found, TokenObjects } from './objects.js';
export { tokenRequest, type TokenRequestCall, type TokenRequestOptions } from './token-request.js';
export * from './token-request-validation.js';
export * from './user.js';
