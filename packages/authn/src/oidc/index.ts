/**
 * Tokens of OpenID issuers: by the `--oidc-*` flags, or by an AuthenticationConfiguration.
 *
 * An entry of its own, so that jose and the YAML library are loaded by those servers only that trust issuers.
 */
export { type JwtAttempt, type OidcAuthenticator, type OidcOptions, oidcTokens, signingAlgorithms } from './authenticator.js';
export * from './configuration.js';
export * from './configured-tokens.js';
export { jwtAuthenticatorFromFlags, type OidcFlags } from './flags.js';
export { loadAuthenticationConfiguration } from './load-configuration.js';
export { checkAuthenticationConfiguration, type ConfigurationRules, validateAuthenticationConfiguration } from './validate-configuration.js';
