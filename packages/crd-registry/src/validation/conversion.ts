/** How objects are converted between versions (apiextensions-apiserver/pkg/apis/apiextensions/validation, apiserver/pkg/util/webhook). */
import { X509Certificate } from 'node:crypto';
import {
  type FieldError,
  child,
  dns1035Label,
  dns1123Subdomain,
  forbiddenField,
  index,
  invalidValue,
  notSupported,
  portNumber,
  required,
} from '@apiserver-kit/machinery';
import type { CustomResourceConversion, ServiceReference, WebhookClientConfig } from './custom-resource-definition.js';

export interface ConversionOptions {
  /** One of the versions of ConversionReview must be one that the server sends. */
  readonly requireKnownReviewVersion: boolean;
  /** The webhook's CA need not be one. */
  readonly allowInvalidCABundle: boolean;
}

const strategies = ['None', 'Webhook'];
const reviewVersions = ['v1', 'v1beta1'];

export function validateConversion(
  conversion: CustomResourceConversion,
  path: string,
  { requireKnownReviewVersion, allowInvalidCABundle }: ConversionOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  const { strategy, webhook } = conversion;
  const clientConfig = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const configPath = child(path, 'webhookClientConfig');
  const versionsPath = child(path, 'conversionReviewVersions');
  if (!strategy) errors.push(required(child(path, 'strategy')));
  else if (!strategies.includes(strategy)) errors.push(notSupported(child(path, 'strategy'), strategy, strategies));
  if (strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook';
    if (clientConfig != null) errors.push(forbiddenField(configPath, detail));
    if (versions.length > 0) errors.push(forbiddenField(versionsPath, detail));
    return errors;
  }
  if (clientConfig == null) errors.push(required(configPath, 'required when strategy is set to Webhook'));
  else errors.push(...validateClientConfig(clientConfig, configPath, allowInvalidCABundle));
  errors.push(...validateReviewVersions(versions, versionsPath, requireKnownReviewVersion));
  return errors;
}

function validateClientConfig({ url, service, caBundle }: WebhookClientConfig, path: string, allowInvalidCABundle: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if ((url == null) === (service == null)) errors.push(required(path, 'exactly one of url or service is required'));
  else if (url != null) errors.push(...validateURL(url, child(path, 'url')));
  else errors.push(...validateService(service!, child(path, 'service')));
  if (caBundle && !allowInvalidCABundle) {
    const problem = caBundleProblem(caBundle);
    if (problem !== undefined) errors.push(invalidValue(child(path, 'caBundle'), caBundle, problem));
  }
  return errors;
}

function validateURL(url: string, path: string): FieldError[] {
  const form = '; desired format: https://host[/path]';
  const errors: FieldError[] = [];
  // Parsed as it is written: the WHATWG parser would repair it first.
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:([^/?#]*)@)?([^/?#@]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const problem = /[\u0000-\u001f\u007f]/.test(url) ? 'net/url: invalid control character in URL' : url.startsWith(':') ? 'missing protocol scheme' : undefined;
  if (match === null || problem !== undefined)
    return [required(path, `url must be a valid URL: parse ${JSON.stringify(url)}: ${problem ?? 'invalid URL'}${form}`)];
  const [, scheme = '', user, host = '', , query = '', fragment = ''] = match;
  if (scheme.toLowerCase() !== 'https') errors.push(invalidValue(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`));
  if (host === '') errors.push(invalidValue(path, host, `host must be specified${form}`));
  if (user !== undefined) errors.push(invalidValue(path, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(invalidValue(path, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalidValue(path, query, 'query parameters are not permitted in the URL'));
  return errors;
}

function validateService({ name, namespace, path: urlPath, port = 0 }: ServiceReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  // The reference mixes the two up.
  if (!namespace) errors.push(required(child(path, 'name')));
  if (!name) errors.push(required(child(path, 'namespace')));
  const portMessages = portNumber(port);
  if (portMessages.length > 0) errors.push(invalidValue(child(path, 'port'), port, `port is not valid: ${portMessages.join(', ')}`));
  if (!urlPath || urlPath === '/') return errors;
  const at = child(path, 'path');
  if (urlPath === '//') return [...errors, invalidValue(at, urlPath, 'segment[0] may not be empty')];
  if (!urlPath.startsWith('/')) errors.push(invalidValue(at, urlPath, "must start with a '/'"));
  for (const [i, segment] of urlPath.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (segment === '') errors.push(invalidValue(at, urlPath, `segment[${i}] may not be empty`));
    else for (const message of dns1123Subdomain(segment)) errors.push(invalidValue(at, urlPath, `segment[${i}]: ${message}`));
  }
  return errors;
}

function validateReviewVersions(versions: readonly string[], path: string, requireKnown: boolean): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, version] of versions.entries()) {
    if (seen.has(version)) errors.push(invalidValue(index(path, i), version, 'duplicate version'));
    else for (const message of dns1035Label(version)) errors.push(invalidValue(index(path, i), version, message));
    seen.add(version);
  }
  if (requireKnown && !hasKnownReviewVersion(versions)) errors.push(invalidValue(path, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  return errors;
}

/** Whether one of the versions of ConversionReview is one that the server sends. */
export const hasKnownReviewVersion = (versions: readonly string[]): boolean => versions.some((version) => reviewVersions.includes(version));

/** Why a bundle of CA certificates (base64 of PEM) is none; undefined where it is one. */
export function caBundleProblem(caBundle: string): string | undefined {
  const pem = Buffer.from(caBundle, 'base64').toString('latin1');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return 'unable to load root certificates: unable to parse bytes as PEM block';
  for (const block of blocks) {
    try {
      new X509Certificate(block);
      return undefined;
    } catch (error) {
      if (block === blocks.at(-1)) return `unable to load root certificates: failed to parse certificate: ${(error as Error).message}`;
    }
  }
  return undefined;
}
