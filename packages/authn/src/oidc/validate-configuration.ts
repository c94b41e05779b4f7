/** Everything wrong with an AuthenticationConfiguration (k8s.io/apiserver/pkg/apis/apiserver/validation). */
import { aggregateError, child, duplicate, type FieldError, fieldErrorText, goPrint, index, invalidValue, required, tooMany } from '@apiserver-kit/machinery';
import { certificatesFromPem } from '../x509/index.js';
import { compileMappings, noExpressions } from './compile-mappings.js';
import type { AuthenticationConfiguration, CelEvaluator, Issuer, JwtAuthenticator } from './configuration.js';

const maxAuthenticators = 64;

export interface ConfigurationRules {
  readonly cel?: CelEvaluator;
  /** The issuers of service-account tokens: nobody else may be trusted with their name. */
  readonly disallowedIssuers?: readonly string[];
}

/** Everything wrong with a configuration, in the order of its fields. */
export function validateAuthenticationConfiguration({ jwt, anonymous }: AuthenticationConfiguration, rules: ConfigurationRules = {}): FieldError[] {
  const authenticators = jwt ?? [];
  if (authenticators.length > maxAuthenticators) return [tooMany('jwt', authenticators.length, maxAuthenticators)];
  const errors: FieldError[] = [];
  const issuers = new Set<string>();
  const discoveryUrls = new Set<string>();
  for (const [at, authenticator] of authenticators.entries()) {
    const path = index('jwt', at);
    errors.push(...validateJwtAuthenticator(authenticator, path, rules));
    const { url = '', discoveryURL = '' } = authenticator.issuer;
    if (issuers.has(url)) errors.push(duplicate(`${path}.issuer.url`, url));
    issuers.add(url);
    if (discoveryURL !== '' && discoveryUrls.has(discoveryURL)) errors.push(duplicate(`${path}.issuer.discoveryURL`, discoveryURL));
    discoveryUrls.add(discoveryURL);
  }
  const conditions = anonymous?.conditions ?? [];
  if (anonymous !== undefined && !anonymous.enabled && conditions.length > 0)
    errors.push(invalidValue('anonymous.conditions', conditions, 'enabled should be set to true when conditions are defined'));
  return errors;
}

/** @throws Error with all that is wrong. */
export function checkAuthenticationConfiguration(configuration: AuthenticationConfiguration, rules?: ConfigurationRules): void {
  const errors = validateAuthenticationConfiguration(configuration, rules);
  if (errors.length > 0)
    throw new Error(`invalid authentication configuration: ${aggregateError(errors.map((error) => new Error(fieldErrorText(error)))).message}`);
}

/** Everything wrong with one authenticator. @param path empty where it stands alone. */
export const validateJwtAuthenticator = (
  authenticator: JwtAuthenticator,
  path: string,
  { cel = noExpressions, disallowedIssuers = [] }: ConfigurationRules,
): FieldError[] => [...validateIssuer(authenticator.issuer, child(path, 'issuer'), disallowedIssuers), ...compileMappings(authenticator, path, cel).errors];

function validateIssuer(issuer: Issuer, path: string, disallowed: readonly string[]): FieldError[] {
  const { url = '', discoveryURL = '', certificateAuthority = '', egressSelectorType = '' } = issuer;
  const errors: FieldError[] = url === '' ? [required(child(path, 'url'))] : validateUrl(url, child(path, 'url'), disallowed);
  if (discoveryURL !== '') {
    const discoveryPath = child(path, 'discoveryURL');
    if (url !== '' && withoutSlashes(url) === withoutSlashes(discoveryURL))
      errors.push(invalidValue(discoveryPath, discoveryURL, 'discoveryURL must be different from URL'));
    errors.push(...validateUrl(discoveryURL, discoveryPath, []));
  }
  errors.push(...validateAudiences(issuer, path));
  if (certificateAuthority !== '' && certificatesFromPem(certificateAuthority).length === 0)
    errors.push(invalidValue(child(path, 'certificateAuthority'), '<omitted>', 'data does not contain any valid RSA or ECDSA certificates'));
  if (egressSelectorType !== '' && egressSelectorType !== 'controlplane' && egressSelectorType !== 'cluster')
    errors.push(invalidValue(child(path, 'egressSelectorType'), egressSelectorType, 'egress selector must be either controlplane or cluster'));
  return errors;
}

const withoutSlashes = (url: string): string => url.replace(/\/+$/, '');

function validateUrl(text: string, path: string, disallowed: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  if (disallowed.includes(text))
    errors.push(invalidValue(path, text, `URL must not overlap with disallowed issuers: ${goPrint([...new Set(disallowed)].sort())}`));
  const [, scheme, rest] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [undefined, '', text];
  const authority = rest!.startsWith('//') ? rest!.slice(2).split(/[/?#]/, 1)[0]! : '';
  const [beforeFragment = '', ...fragment] = text.split('#');
  if (scheme!.toLowerCase() !== 'https') errors.push(invalidValue(path, text, 'URL scheme must be https'));
  if (authority.includes('@')) errors.push(invalidValue(path, text, 'URL must not contain a username or password'));
  if (/\?./s.test(beforeFragment)) errors.push(invalidValue(path, text, 'URL must not contain a query'));
  if (fragment.join('#') !== '') errors.push(invalidValue(path, text, 'URL must not contain a fragment'));
  return errors;
}

function validateAudiences({ audiences, audienceMatchPolicy = '' }: Issuer, issuerPath: string): FieldError[] {
  const path = child(issuerPath, 'audiences');
  const list = audiences ?? [];
  if (list.length === 0) return [required(path, `at least one ${path} is required`)];
  const errors: FieldError[] = [];
  for (const [at, audience] of list.entries()) {
    if (audience === '') errors.push(required(index(path, at)));
    if (list.indexOf(audience) < at) errors.push(duplicate(index(path, at), audience));
  }
  const policyPath = child(issuerPath, 'audienceMatchPolicy');
  if (list.length > 1 && audienceMatchPolicy !== 'MatchAny')
    errors.push(invalidValue(policyPath, audienceMatchPolicy, 'audienceMatchPolicy must be MatchAny for multiple audiences'));
  if (list.length === 1 && audienceMatchPolicy !== '' && audienceMatchPolicy !== 'MatchAny')
    errors.push(invalidValue(policyPath, audienceMatchPolicy, 'audienceMatchPolicy must be empty or MatchAny for single audience'));
  return errors;
}
