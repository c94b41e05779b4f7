/** What claims mean, compiled and checked (k8s.io/apiserver/pkg/apis/apiserver/validation). */
import { child, dns1123Subdomain, duplicate, type FieldError, index, invalidValue, required } from '@apiserver-kit/machinery';
import type {
  CelEvaluator,
  CelExpression,
  ClaimMappings,
  ClaimValidationRule,
  JwtAuthenticator,
  PrefixedClaimOrExpression,
  UserValidationRule,
} from './configuration.js';

/** An expression with what messages say of it. */
export interface Compiled {
  readonly text: string;
  readonly expression: CelExpression;
}
export interface Rule extends Compiled {
  readonly message: string;
}

/** The expressions of an authenticator; undefined where a claim is named instead, or nothing. */
export interface CompiledMappings {
  readonly username: Compiled | undefined;
  readonly groups: Compiled | undefined;
  readonly uid: Compiled | undefined;
  readonly extra: readonly (Compiled & { readonly key: string })[];
  readonly claimRules: readonly Rule[];
  readonly userRules: readonly Rule[];
}

/** Stands where there is no CEL. */
export const noExpressions: CelEvaluator = {
  compile() {
    throw new Error('expressions are not supported: there is no CEL evaluator');
  },
};

type Compile = (text: string, path: string, variable?: 'claims' | 'user', result?: 'any' | 'bool') => Compiled | undefined;

/** Compiles all expressions, and finds what is wrong with them and with the claims that are named. */
export function compileMappings(authenticator: JwtAuthenticator, path: string, cel: CelEvaluator): { mappings: CompiledMappings; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const compile: Compile = (text, at, variable = 'claims', result = 'any') => {
    try {
      return { text, expression: cel.compile(text, variable, result) };
    } catch (error) {
      errors.push(invalidValue(at, text, (error as Error).message));
      return undefined;
    }
  };
  const claimRules = compileClaimRules(authenticator.claimValidationRules ?? [], child(path, 'claimValidationRules'), compile, errors);
  const claimMappings = compileClaimMappings(authenticator.claimMappings, child(path, 'claimMappings'), compile, errors);
  const { username, extra } = claimMappings;
  if (username?.expression.selects('email') && ![username, ...extra, ...claimRules].some(({ expression }) => expression.selects('email_verified')))
    errors.push(
      invalidValue(
        child(child(path, 'claimMappings'), 'username.expression'),
        username.text,
        'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
      ),
    );
  const userRules = compileUserRules(authenticator.userValidationRules ?? [], child(path, 'userValidationRules'), compile, errors);
  return { mappings: { ...claimMappings, claimRules, userRules }, errors };
}

function compileClaimRules(rules: readonly ClaimValidationRule[], path: string, compile: Compile, errors: FieldError[]): Rule[] {
  const compiled: Rule[] = [];
  const claims = new Set<string>();
  const expressions = new Set<string>();
  for (const [at, { claim = '', requiredValue = '', expression = '', message = '' }] of rules.entries()) {
    const here = index(path, at);
    if (claim !== '' && expression !== '') errors.push(invalidValue(here, claim, "claim and expression can't both be set"));
    else if (claim !== '') {
      if (message !== '') errors.push(invalidValue(child(here, 'message'), message, 'may not be specified when claim is set'));
      if (claims.has(claim)) errors.push(duplicate(child(here, 'claim'), claim));
      claims.add(claim);
    } else if (expression === '') errors.push(required(here, 'claim or expression is required'));
    else {
      if (requiredValue !== '') errors.push(invalidValue(child(here, 'requiredValue'), requiredValue, 'may not be specified when expression is set'));
      const rule = compileOnce(expression, expressions, child(here, 'expression'), 'claims', compile, errors);
      if (rule !== undefined) compiled.push({ ...rule, message });
    }
  }
  return compiled;
}

function compileUserRules(rules: readonly UserValidationRule[], path: string, compile: Compile, errors: FieldError[]): Rule[] {
  const compiled: Rule[] = [];
  const expressions = new Set<string>();
  for (const [at, { expression = '', message = '' }] of rules.entries()) {
    const here = child(index(path, at), 'expression');
    if (expression === '') errors.push(required(here));
    else {
      const rule = compileOnce(expression, expressions, here, 'user', compile, errors);
      if (rule !== undefined) compiled.push({ ...rule, message });
    }
  }
  return compiled;
}

function compileOnce(text: string, seen: Set<string>, path: string, variable: 'claims' | 'user', compile: Compile, errors: FieldError[]): Compiled | undefined {
  if (seen.has(text)) {
    errors.push(duplicate(path, text));
    return undefined;
  }
  seen.add(text);
  return compile(text, path, variable, 'bool');
}

function compileClaimMappings(
  { username = {}, groups = {}, uid = {}, extra }: ClaimMappings,
  path: string,
  compile: Compile,
  errors: FieldError[],
): Pick<CompiledMappings, 'username' | 'groups' | 'uid' | 'extra'> {
  const prefixed = (mapping: PrefixedClaimOrExpression, name: string, isRequired: boolean): Compiled | undefined => {
    const { claim = '', expression = '', prefix } = mapping;
    const here = child(path, name);
    if (claim !== '' && expression !== '') errors.push(invalidValue(here, '', "claim and expression can't both be set"));
    else if (expression !== '') {
      if (prefix !== undefined) errors.push(invalidValue(child(here, 'prefix'), prefix, 'may not be specified when expression is set'));
      return compile(expression, child(here, 'expression'));
    } else if (claim !== '') {
      if (prefix === undefined)
        errors.push(required(child(here, 'prefix'), 'prefix is required when claim is set. It can be set to an empty string to disable prefixing'));
    } else if (isRequired) errors.push(required(here, 'claim or expression is required'));
    return undefined;
  };
  const compiledUsername = prefixed(username, 'username', true);
  const compiledGroups = prefixed(groups, 'groups', false);
  let compiledUid: Compiled | undefined;
  if (uid.claim && uid.expression) errors.push(invalidValue(child(path, 'uid'), '', "claim and expression can't both be set"));
  else if (uid.expression) compiledUid = compile(uid.expression, child(path, 'uid.expression'));
  return { username: compiledUsername, groups: compiledGroups, uid: compiledUid, extra: compileExtra({ extra }, child(path, 'extra'), compile, errors) };
}

function compileExtra({ extra }: Pick<ClaimMappings, 'extra'>, path: string, compile: Compile, errors: FieldError[]): (Compiled & { key: string })[] {
  const compiled: (Compiled & { key: string })[] = [];
  const keys = new Set<string>();
  for (const [at, { key = '', valueExpression = '' }] of (extra ?? []).entries()) {
    const here = index(path, at);
    errors.push(...validateExtraKey(key, child(here, 'key')));
    if (keys.has(key)) {
      errors.push(duplicate(child(here, 'key'), key));
      continue;
    }
    keys.add(key);
    const valuePath = child(here, 'valueExpression');
    if (valueExpression === '') errors.push(required(valuePath));
    else {
      const value = compile(valueExpression, valuePath);
      if (value !== undefined) compiled.push({ ...value, key });
    }
  }
  return compiled;
}

const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPathForm = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const reserved = /(^|\.)(kubernetes|k8s)\.io$/;

/** A domain, a slash and a path, in lower case, and not of Kubernetes itself. */
function validateExtraKey(key: string, path: string): FieldError[] {
  const errors = domainPrefixedPath(key, path);
  if (key !== key.toLowerCase()) errors.push(invalidValue(path, key, 'must be lowercase'));
  const slash = key.indexOf('/');
  if (slash >= 0 && reserved.test(key.slice(0, slash)))
    errors.push(invalidValue(path, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'));
  return errors;
}

function domainPrefixedPath(key: string, path: string): FieldError[] {
  if (key === '') return [required(path)];
  const slash = key.indexOf('/');
  const [host, rest] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  if (host === '' || rest === '') return [invalidValue(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = dns1123Subdomain(host).map((message) => invalidValue(path, host, message));
  return httpPathForm.test(rest) ? errors : [...errors, invalidValue(path, rest, `Invalid path (regex used for validation is '${httpPath}')`)];
}
