/** The user that verified claims make, by the mappings and rules of a configuration. */
import type { JsonObject } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { credentialIdKey } from '../x509/subject-user.js';
import { booleanClaim, hasClaim, textClaim, textsClaim } from './claim-values.js';
import type { Compiled, CompiledMappings, Rule } from './compile-mappings.js';
import type { JwtAuthenticator } from './configuration.js';

/** @throws Error with the reference's sentence when a claim is missing or of the wrong type, or a rule does not hold. */
export function userOfClaims(claims: JsonObject, authenticator: JwtAuthenticator, mappings: CompiledMappings): UserInfo {
  const name = usernameOf(claims, authenticator, mappings.username);
  const groups = groupsOf(claims, authenticator, mappings.groups);
  const uid = uidOf(claims, authenticator, mappings.uid);
  const extra = extraOf(claims, mappings.extra);
  judgeRequiredClaims(claims, authenticator);
  judgeRules(mappings.claimRules, claims, 'oidc: error evaluating claim validation expression');
  judgeRules(mappings.userRules, { username: name, uid, groups, extra }, 'oidc: error evaluating user info validation rule');
  return { name, uid, groups, ...(Object.keys(extra).length > 0 && { extra }) };
}

/** Runs what may fail, and says first what it was about. */
function within<Value>(about: string, run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw new Error(`${about}: ${(error as Error).message}`, { cause: error });
  }
}

const evaluated = ({ text, expression }: Compiled, variable: unknown): unknown =>
  within(`expression '${text}' resulted in error`, () => expression.evaluate(variable));

function usernameOf(claims: JsonObject, { claimMappings }: JwtAuthenticator, compiled: Compiled | undefined): string {
  if (compiled !== undefined)
    return (
      within('oidc: error evaluating username claim expression', () => {
        const name = evaluated(compiled, claims);
        if (typeof name !== 'string') throw new Error('username claim expression must return a string');
        return name;
      }) || fail('oidc: empty username via CEL expression is not allowed')
    );
  const { claim = '', prefix = '' } = claimMappings.username ?? {};
  const name = within(`oidc: parse username claims "${claim}"`, () => textClaim(claims, claim));
  // An address is a name only if the issuer has seen that it is the user's.
  if (claim === 'email' && hasClaim(claims, 'email_verified') && !within("oidc: parse 'email_verified' claim", () => booleanClaim(claims, 'email_verified')))
    fail('oidc: email not verified');
  return prefix + name;
}

function fail(message: string): never {
  throw new Error(message);
}

function groupsOf(claims: JsonObject, { claimMappings }: JwtAuthenticator, compiled: Compiled | undefined): readonly string[] {
  const { claim = '', prefix = '' } = claimMappings.groups ?? {};
  if (claim !== '' && hasClaim(claims, claim))
    return within(`oidc: parse groups claim "${claim}"`, () => textsClaim(claims, claim)).map((group) => prefix + group);
  if (compiled === undefined) return [];
  return within('oidc: error evaluating group claim expression', () => textsOf(evaluated(compiled, claims)));
}

function uidOf(claims: JsonObject, { claimMappings }: JwtAuthenticator, compiled: Compiled | undefined): string {
  const { claim = '' } = claimMappings.uid ?? {};
  if (claim !== '') return within(`oidc: parse uid claim "${claim}"`, () => textClaim(claims, claim));
  if (compiled === undefined) return '';
  return within('oidc: error evaluating uid claim expression', () => {
    const uid = evaluated(compiled, claims);
    if (typeof uid !== 'string') throw new Error('uid claim expression must return a string');
    return uid;
  });
}

function extraOf(claims: JsonObject, compiled: CompiledMappings['extra']): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  const { jti } = claims;
  if (typeof jti === 'string' && jti !== '') extra[credentialIdKey] = [`JTI=${jti}`];
  for (const mapping of compiled) {
    const value = evaluated(mapping, claims);
    const values = within(`oidc: error evaluating extra claim expression: ${mapping.text}`, () => textsOf(value));
    if (values.length > 0) extra[mapping.key] = values;
  }
  return extra;
}

/** A text, or a list of them; what is empty counts for nothing. */
function textsOf(value: unknown): string[] {
  if (value === null || value === '') return [];
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) throw new Error('expression must return a string or a list of strings');
  return list.filter((one) => one !== '');
}

function judgeRequiredClaims(claims: JsonObject, { claimValidationRules }: JwtAuthenticator): void {
  for (const { claim = '', requiredValue = '' } of claimValidationRules ?? []) {
    if (claim === '') continue;
    if (!hasClaim(claims, claim)) fail(`oidc: required claim ${claim} not present in ID token`);
    const value = within(`oidc: parse claim ${claim}`, () => textClaim(claims, claim));
    if (value !== requiredValue) fail(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
  }
}

function judgeRules(rules: readonly Rule[], variable: JsonObject, about: string): void {
  within(about, () => {
    for (const rule of rules) {
      const verdict = evaluated(rule, variable);
      if (typeof verdict !== 'boolean') throw new Error('validation expression must return a boolean');
      if (!verdict) throw new Error(`validation expression '${rule.text}' failed: ${rule.message}`);
    }
  });
}
