/** What kube-apiserver says of its authentication flags before it starts (pkg/kubeapiserver/options/authentication.go). */
import { goQuote } from '@apiserver-kit/machinery';
import { certificatesFromPem } from './x509/index.js';

/** The flags that rules are about, by the words of their names. Files are given by their content. */
export interface AuthenticationFlags {
  readonly serviceAccountIssuers?: readonly string[];
  readonly serviceAccountJwksUri?: string;
  readonly clientCAPem?: string;
  readonly requestHeaderClientCAPem?: string;
  readonly requestHeaderAllowedNames?: readonly string[];
  readonly requestHeaderUsernameHeaders?: readonly string[];
  readonly requestHeaderUidHeaders?: readonly string[];
  readonly requestHeaderGroupHeaders?: readonly string[];
  readonly requestHeaderExtraHeadersPrefix?: readonly string[];
  /** Whether `--authentication-config` is given. */
  readonly hasAuthenticationConfig?: boolean;
  /** Whether any of `--oidc-*` is given. */
  readonly hasOidcFlags?: boolean;
  readonly oidcIssuerUrl?: string;
  readonly oidcClientId?: string;
}

/** Everything wrong with the flags, in the reference's sentences. */
export const authenticationFlagErrors = (flags: AuthenticationFlags): string[] => [
  ...oidcErrors(flags),
  ...issuerErrors(flags.serviceAccountIssuers ?? []),
  ...jwksUriErrors(flags.serviceAccountJwksUri ?? ''),
  ...requestHeaderErrors(flags),
  ...overlapErrors(flags),
];

function oidcErrors({ hasAuthenticationConfig, hasOidcFlags, oidcIssuerUrl = '', oidcClientId = '' }: AuthenticationFlags): string[] {
  if (!hasOidcFlags) return [];
  if (hasAuthenticationConfig) return ['authentication-config file and oidc-* flags are mutually exclusive'];
  return oidcIssuerUrl === '' || oidcClientId === '' ? ['oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set'] : [];
}

function issuerErrors(issuers: readonly string[]): string[] {
  return issuers.flatMap((issuer, at) => {
    if (issuer.includes(':') && !URL.canParse(issuer)) return [`service-account-issuer ${goQuote(issuer)} contained a ':' but was not a valid URL`];
    if (issuer === '') return ['service-account-issuer should not be an empty string'];
    return issuers.indexOf(issuer) < at ? [`service-account-issuer ${goQuote(issuer)} is already specified`] : [];
  });
}

function jwksUriErrors(uri: string): string[] {
  if (uri === '') return [];
  if (!URL.canParse(uri)) return ['service-account-jwks-uri must be a valid URL'];
  return uri.toLowerCase().startsWith('https:') ? [] : [`service-account-jwks-uri requires https scheme, parsed as: ${uri}`];
}

const has = (headers: readonly string[], header: string): boolean => headers.some((one) => one.toLowerCase() === header.toLowerCase());

function requestHeaderErrors(flags: AuthenticationFlags): string[] {
  const named = [
    ['requestheader-username-headers', flags.requestHeaderUsernameHeaders],
    ['requestheader-group-headers', flags.requestHeaderGroupHeaders],
    ['requestheader-extra-headers-prefix', flags.requestHeaderExtraHeadersPrefix],
    ['requestheader-allowed-names', flags.requestHeaderAllowedNames],
    ['requestheader-uid-headers', flags.requestHeaderUidHeaders],
  ] as const;
  const empty = named.filter(([, values]) => values?.some((value) => value.trim() === '')).map(([flag]) => `empty value in ${goQuote(flag)}`);
  const uids = flags.requestHeaderUidHeaders ?? [];
  if (uids.length === 0 || has(uids, 'X-Remote-Uid')) return empty;
  return [...empty, '--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work'];
}

/** A client of an authority that is also the proxies' could name anybody. */
function overlapErrors({ clientCAPem = '', requestHeaderClientCAPem = '', requestHeaderAllowedNames = [] }: AuthenticationFlags): string[] {
  if (clientCAPem === '' || requestHeaderClientCAPem === '' || requestHeaderAllowedNames.length > 0) return [];
  const known = new Set(certificatesFromPem(clientCAPem).map(({ fingerprint }) => fingerprint));
  if (!certificatesFromPem(requestHeaderClientCAPem).some(({ fingerprint }) => known.has(fingerprint))) return [];
  return [
    '--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users',
  ];
}

/** What is no error, but leaves API aggregation without users. */
export const authenticationFlagWarnings = (flags: AuthenticationFlags): string[] =>
  (
    [
      ['username-headers', flags.requestHeaderUsernameHeaders, 'X-Remote-User', 'header'],
      ['group-headers', flags.requestHeaderGroupHeaders, 'X-Remote-Group', 'header'],
      ['extra-headers-prefix', flags.requestHeaderExtraHeadersPrefix, 'X-Remote-Extra-', 'header prefix'],
    ] as const
  )
    .filter(([, values, standard]) => values?.length && !has(values, standard))
    .map(([flag, , standard, kind]) => `--requestheader-${flag} is set without specifying the standard ${standard} ${kind} - API aggregation will not work`);
