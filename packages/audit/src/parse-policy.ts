/** A policy from the text of its file (k8s.io/apiserver/pkg/audit/policy and pkg/apis/audit/validation). */
import { child, type FieldError, fieldErrorText, index, invalidValue, isRecord, nameIsDNSSubdomain, notSupported, required } from '@apiserver-kit/machinery';
import { decodeYaml } from '@apiserver-kit/machinery/yaml';
import { type AuditPolicy, type AuditPolicyRule, auditLevels, auditStages, type GroupResources } from './policy.js';

export interface ParsePolicyOptions {
  /** Told of fields that nobody knows; they are left out. */
  readonly warn?: (message: string) => void;
}

const policyFields = new Set(['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields']);
const ruleFields = new Set(['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', 'omitStages', 'omitManagedFields']);
const groupFields = new Set(['group', 'resources', 'resourceNames']);

/**
 * Reads YAML or JSON.
 * @throws Error when it is no policy of audit.k8s.io/v1, says something that it may not, or has no rules.
 */
export function parseAuditPolicy(text: string, { warn = () => {} }: ParsePolicyOptions = {}): AuditPolicy {
  let value: unknown;
  try {
    ({ value } = decodeYaml(text));
  } catch (error) {
    throw new Error(`failed decoding: ${(error as Error).message}`, { cause: error });
  }
  if (!isRecord(value)) throw new Error('failed decoding: a policy is an object');
  const { apiVersion, kind } = value;
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy')
    throw new Error(`failed decoding: no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')}`);
  const unknown: string[] = [];
  const policy = readPolicy(value, unknown);
  if (unknown.length > 0)
    warn(`Audit policy contains errors, falling back to lenient decoding: ${unknown.map((name) => `unknown field "${name}"`).join(', ')}`);
  const errors = validatePolicy(policy).map(fieldErrorText);
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${[...new Set(errors)].join(', ')}]`);
  if (policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  return policy;
}

function readPolicy(value: Record<string, unknown>, unknown: string[]): AuditPolicy {
  noteUnknown(value, policyFields, '', unknown);
  return {
    rules: objects(value.rules, 'rules').map((rule, at) => readRule(rule, index('rules', at), unknown)),
    omitStages: texts(value.omitStages, 'omitStages') as AuditPolicy['omitStages'],
    omitManagedFields: flag(value.omitManagedFields, 'omitManagedFields'),
  };
}

function readRule(rule: Record<string, unknown>, field: string, unknown: string[]): AuditPolicyRule {
  noteUnknown(rule, ruleFields, field, unknown);
  const list = (name: string): readonly string[] | undefined => texts(rule[name], child(field, name));
  return {
    level: textOf(rule.level, child(field, 'level')) as AuditPolicyRule['level'],
    users: list('users'),
    userGroups: list('userGroups'),
    verbs: list('verbs'),
    resources: objects(rule.resources, child(field, 'resources')).map((group, at): GroupResources => {
      const place = index(child(field, 'resources'), at);
      noteUnknown(group, groupFields, place, unknown);
      return {
        group: textOf(group.group, child(place, 'group')),
        resources: texts(group.resources, child(place, 'resources')),
        resourceNames: texts(group.resourceNames, child(place, 'resourceNames')),
      };
    }),
    namespaces: list('namespaces'),
    nonResourceURLs: list('nonResourceURLs'),
    omitStages: list('omitStages') as AuditPolicyRule['omitStages'],
    omitManagedFields: flag(rule.omitManagedFields, child(field, 'omitManagedFields')),
  };
}

function noteUnknown(value: Record<string, unknown>, known: ReadonlySet<string>, field: string, unknown: string[]): void {
  for (const name in value) if (!known.has(name)) unknown.push(child(field, name));
}

const wrongType = (field: string, wanted: string): Error => new Error(`failed decoding: ${field} is no ${wanted}`);

function objects(value: unknown, field: string): readonly Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isRecord)) throw wrongType(field, 'list of objects');
  return value;
}

function texts(value: unknown, field: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw wrongType(field, 'list of strings');
  return value;
}

function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrongType(field, 'string');
  return value;
}

function flag(value: unknown, field: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(field, 'boolean');
  return value;
}

/** What is wrong with a policy. */
export function validatePolicy({ rules, omitStages }: AuditPolicy): FieldError[] {
  return [...stageErrors(omitStages, 'omitStages'), ...rules.flatMap((rule, at) => ruleErrors(rule, index('rules', at)))];
}

function ruleErrors(rule: AuditPolicyRule, field: string): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [], omitStages } = rule;
  const errors: FieldError[] = [];
  if ((level as string) === '') errors.push(required(child(field, 'level')));
  else if (!auditLevels.includes(level)) errors.push(notSupported(child(field, 'level'), level, auditLevels));
  errors.push(...urlErrors(nonResourceURLs, child(field, 'nonResourceURLs')));
  errors.push(...resources.flatMap((group) => groupErrors(group, child(field, 'resources'))));
  errors.push(...stageErrors(omitStages, child(field, 'omitStages')));
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0))
    errors.push(invalidValue(child(field, 'nonResourceURLs'), nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
  return errors;
}

const urlErrors = (urls: readonly string[], field: string): FieldError[] =>
  urls.flatMap((url, at) => {
    if (url === '*') return [];
    const errors: FieldError[] = [];
    if (!url.startsWith('/')) errors.push(invalidValue(index(field, at), url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes('*'))
      errors.push(invalidValue(index(field, at), url, "non-resource URL wildcards '*' must be the final character of the rule"));
    return errors;
  });

function groupErrors({ group = '', resources = [], resourceNames = [] }: GroupResources, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (group !== '' && group !== '*') {
    const wrong = nameIsDNSSubdomain(group);
    if (wrong.length > 0) errors.push(invalidValue(child(field, 'group'), group, wrong.join(',')));
  }
  if (resourceNames.length > 0 && resources.length === 0)
    errors.push(invalidValue(child(field, 'resourceNames'), resourceNames, 'using resourceNames requires at least one resource'));
  return errors;
}

const stageErrors = (stages: readonly string[] = [], field: string): FieldError[] =>
  stages.flatMap((stage, at) =>
    (auditStages as readonly string[]).includes(stage) ? [] : [invalidValue(index(field, at), stage, `allowed stages are ${auditStages.join(',')}`)],
  );
