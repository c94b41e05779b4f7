/** The `--oidc-*` flags, as the authenticator that they stand for (pkg/kubeapiserver/options/authentication.go). */
import type { JwtAuthenticator } from './configuration.js';

export interface OidcFlags {
  /** `--oidc-issuer-url`. */
  readonly issuerUrl: string;
  /** `--oidc-client-id`. */
  readonly clientId: string;
  /** The content of `--oidc-ca-file`. */
  readonly caPem?: string;
  /** `--oidc-username-claim`. Default `sub`. */
  readonly usernameClaim?: string;
  /** `--oidc-username-prefix`: `-` for none. Default: the issuer and `#`, except for the claim `email`. */
  readonly usernamePrefix?: string;
  /** `--oidc-groups-claim`. */
  readonly groupsClaim?: string;
  /** `--oidc-groups-prefix`. */
  readonly groupsPrefix?: string;
  /** `--oidc-required-claim`, by claim. */
  readonly requiredClaims?: Readonly<Record<string, string>>;
}

/** @throws Error without an issuer and a client: they are given together, or not at all. */
export function jwtAuthenticatorFromFlags(flags: OidcFlags): JwtAuthenticator {
  const { issuerUrl, clientId, caPem, usernameClaim = 'sub', usernamePrefix = '', groupsClaim = '', groupsPrefix = '', requiredClaims = {} } = flags;
  if (issuerUrl === '' || clientId === '') throw new Error('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  const standardPrefix = usernameClaim === 'email' ? '' : `${issuerUrl}#`;
  return {
    issuer: { url: issuerUrl, audiences: [clientId], certificateAuthority: caPem },
    claimMappings: {
      username: { claim: usernameClaim, prefix: usernamePrefix === '-' ? '' : usernamePrefix || standardPrefix },
      ...(groupsClaim !== '' && { groups: { claim: groupsClaim, prefix: groupsPrefix } }),
    },
    claimValidationRules: Object.entries(requiredClaims).map(([claim, requiredValue]) => ({ claim, requiredValue })),
  };
}
