/** The documents by which others verify service-account tokens: OpenID discovery (pkg/serviceaccount/openidmetadata.go, pkg/routes). */
import { goQuote, StatusError } from '@apiserver-kit/machinery';
import { type Filter, statusResponse } from '@apiserver-kit/pipeline';
import { algorithmsOf } from '../jwt/compact.js';
import type { PublicKey, PublicKeys } from './keys.js';

export const openIdConfigurationPath = '/.well-known/openid-configuration';
export const openIdKeysPath = '/openid/v1/jwks';

export interface OpenIdDiscoveryOptions {
  /** An https URL: the first `--service-account-issuer`. */
  readonly issuer: string;
  /** `--service-account-jwks-uri`. Default: {@link openIdKeysPath} at `externalAddress`. */
  readonly jwksUri?: string;
  /** Host and port at which others find this server. */
  readonly externalAddress?: string;
  readonly keys: PublicKeys;
}

/** The documents, printed. */
export interface OpenIdDocuments {
  configuration(): string;
  keys(): string;
}

/**
 * Makes the documents; they follow the keys.
 * @throws Error when the issuer or the address of the keys is no URL that can be discovered. A server goes on without the documents then.
 */
export function openIdDocuments({ issuer, jwksUri = '', externalAddress = '', keys }: OpenIdDiscoveryOptions): OpenIdDocuments {
  if (issuer === '') throw new Error('empty issuer URL');
  if (jwksUri === '' && externalAddress === '') throw new Error('either the JWKS URI or the default external address, or both, must be set');
  const url = parsed(issuer);
  if (url.protocol !== 'https:') throw new Error(`issuer URL must use https scheme, got: ${issuer}`);
  if (url.search !== '') throw new Error(`issuer URL may not include a query, got: ${issuer}`);
  if (url.hash !== '') throw new Error(`issuer URL may not include a fragment, got: ${issuer}`);
  const location = jwksUri === '' ? `https://${externalAddress}${openIdKeysPath}` : jwksUri;
  if (parsed(location).protocol !== 'https:') throw new Error(`jwksURI requires https scheme, parsed as: ${location}`);
  const shown = (): PublicKey[] => keys.keys('').filter(({ isHidden }) => !isHidden);
  if (shown().length === 0) throw new Error('no keys provided for validating keyset');

  return {
    configuration: () =>
      JSON.stringify({
        issuer,
        jwks_uri: location,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [...new Set(shown().map(({ key }) => algorithmsOf(key)[0]!))].sort(),
      }),
    keys: () => JSON.stringify({ keys: shown().map(webKey) }),
  };
}

/** In the member order of the reference. */
function webKey({ id, key }: PublicKey): Record<string, unknown> {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' });
  return { use: 'sig', kty, kid: id, ...(crv !== undefined && { crv }), alg: algorithmsOf(key)[0], ...(n === undefined ? { x, y } : { n, e }) };
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new Error(`parse ${goQuote(text)}: invalid URL`);
  }
}

/** Answers {@link openIdConfigurationPath} and {@link openIdKeysPath}; what anybody may read of them is for authorization to say. */
export function openIdDiscovery(options: OpenIdDiscoveryOptions): Filter {
  const documents = openIdDocuments(options);
  const routes = new Map([
    [openIdConfigurationPath, { type: 'application/json', print: documents.configuration }],
    [openIdKeysPath, { type: 'application/jwk-set+json', print: documents.keys }],
  ]);
  return (next) => (ctx) => {
    const route = routes.get(ctx.request.path);
    if (route === undefined) return next(ctx);
    if (ctx.request.method !== 'GET') return statusResponse(notAllowed());
    const headers = { 'content-type': route.type, 'cache-control': `public, max-age=${options.keys.maxAgeSeconds}` };
    return { status: 200, headers, body: route.print() };
  };
}

const notAllowed = (): StatusError =>
  new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });
