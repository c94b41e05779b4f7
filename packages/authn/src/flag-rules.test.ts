import { describe, expect, it } from 'vitest';
import { type AuthenticationFlags, authenticationFlagErrors, authenticationFlagWarnings } from './flag-rules.js';
import { tlsAuthority } from './testing/authority.js';

const [clients, proxies] = [tlsAuthority().ca, tlsAuthority().ca];

describe('the authentication flags', () => {
  it.each<AuthenticationFlags>([
    {},
    { hasAuthenticationConfig: true },
    { hasOidcFlags: true, oidcIssuerUrl: 'https://x', oidcClientId: 'y' },
    { serviceAccountIssuers: ['https://a', 'b'], serviceAccountJwksUri: 'https://a/keys' },
    { clientCAPem: clients, requestHeaderClientCAPem: proxies },
    { clientCAPem: clients, requestHeaderClientCAPem: clients, requestHeaderAllowedNames: ['front-proxy'] },
    { requestHeaderUidHeaders: ['x-remote-uid'], requestHeaderUsernameHeaders: ['X-Remote-User'] },
  ])('are good: %#', (flags) => {
    expect(authenticationFlagErrors(flags)).toEqual([]);
    expect(authenticationFlagWarnings(flags)).toEqual([]);
  });
  it.each<[AuthenticationFlags, string]>([
    [{ hasAuthenticationConfig: true, hasOidcFlags: true }, 'authentication-config file and oidc-* flags are mutually exclusive'],
    [{ hasOidcFlags: true, oidcIssuerUrl: 'x' }, 'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set'],
    [{ serviceAccountIssuers: [''] }, 'service-account-issuer should not be an empty string'],
    [{ serviceAccountIssuers: ['a', 'a'] }, 'service-account-issuer "a" is already specified'],
    [{ serviceAccountIssuers: ['://a'] }, `service-account-issuer "://a" contained a ':' but was not a valid URL`],
    [{ serviceAccountJwksUri: 'http://a' }, 'service-account-jwks-uri requires https scheme, parsed as: http://a'],
    [{ requestHeaderGroupHeaders: ['a', ' '] }, 'empty value in "requestheader-group-headers"'],
    [
      { requestHeaderUidHeaders: ['a'] },
      '--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work',
    ],
    [
      { clientCAPem: clients + proxies, requestHeaderClientCAPem: proxies },
      '--requestheader-client-ca-file and --client-ca-file contain overlapping certificates',
    ],
  ])('are refused: %#', (flags, message) => {
    const errors = authenticationFlagErrors(flags);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
  });
  it('are warned of where aggregation will not know its users', () => {
    expect(
      authenticationFlagWarnings({ requestHeaderUsernameHeaders: ['a'], requestHeaderGroupHeaders: ['a'], requestHeaderExtraHeadersPrefix: ['a'] }),
    ).toEqual([
      '--requestheader-username-headers is set without specifying the standard X-Remote-User header - API aggregation will not work',
      '--requestheader-group-headers is set without specifying the standard X-Remote-Group header - API aggregation will not work',
      '--requestheader-extra-headers-prefix is set without specifying the standard X-Remote-Extra- header prefix - API aggregation will not work',
    ]);
  });
});
