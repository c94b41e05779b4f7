/** What is wrong with an AuthorizationConfiguration (k8s.io/apiserver/pkg/apis/apiserver/validation, pkg/kubeapiserver/options). */
import {
  aggregateError,
  child,
  dns1123Subdomain,
  duplicate,
  type FieldError,
  fieldErrorText,
  index,
  invalidValue,
  notSupported,
  required,
} from '@apiserver-kit/machinery';
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { compileConditions, type MatchConditionCompiler, noMatchConditions } from '../webhook/match-conditions.js';
import type { AuthorizationConfiguration, AuthorizerConfiguration, WebhookConfiguration } from './load.js';

/** All modes, by name. */
export const authorizationModes = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizationModeName = (typeof authorizationModes)[number];

export interface ValidateAuthorizationOptions {
  /** Compiles the conditions of webhooks. Default: none can be. */
  readonly compileCondition?: MatchConditionCompiler;
  /** Modes that have to stay: those the server started with. */
  readonly requiredTypes?: readonly string[];
}

/** @throws Error that says all that is wrong. */
export function checkAuthorizationConfiguration(configuration: AuthorizationConfiguration, options: ValidateAuthorizationOptions = {}): void {
  const { compileCondition = noMatchConditions, requiredTypes = [] } = options;
  const errors = validateAuthorizationConfiguration(configuration, compileCondition);
  if (errors.length > 0) throw aggregateError(errors.map((error) => new Error(fieldErrorText(error))));
  const fixed = configuration.authorizers.filter(({ type }) => type !== 'Webhook');
  const wrong = fixed
    .filter(({ type, name }) => name !== type.toLowerCase())
    .map(({ type, name }) => `expected name ${type.toLowerCase()} for authorizer ${type} instead of ${name}`);
  const missing = requiredTypes.filter((type) => !fixed.some((one) => one.type === type)).sort();
  if (missing.length > 0) wrong.push(`missing required types: [${missing.join(' ')}]`);
  if (wrong.length > 0) throw aggregateError(wrong.map((text) => new Error(text)));
}

export function validateAuthorizationConfiguration(
  { authorizers }: AuthorizationConfiguration,
  compileCondition: MatchConditionCompiler = noMatchConditions,
): FieldError[] {
  if (authorizers.length === 0) return [required('authorizers', 'at least one authorization mode must be defined')];
  const types = new Set<string>();
  const names = new Set<string>();
  return authorizers.flatMap((authorizer, at): FieldError[] => {
    const field = index('authorizers', at);
    const { type, name } = authorizer;
    const typeField = child(field, 'type');
    if (type === '') return [required(typeField)];
    if (!(authorizationModes as readonly string[]).includes(type)) return [notSupported(typeField, type, authorizationModes)];
    if (types.has(type) && type !== 'Webhook') return [duplicate(typeField, type)];
    types.add(type);
    const errors = nameErrors(name, names.has(name), child(field, 'name'));
    names.add(name);
    return [...errors, ...webhookErrors(authorizer, field, compileCondition)];
  });
}

function nameErrors(name: string, isTaken: boolean, field: string): FieldError[] {
  if (name === '') return [required(field)];
  if (isTaken) return [duplicate(field, name)];
  const wrong = dns1123Subdomain(name);
  return wrong.length === 0 ? [] : [invalidValue(field, name, `authorizer name is invalid: ${wrong.join(', ')}`)];
}

function webhookErrors({ type, webhook }: AuthorizerConfiguration, field: string, compileCondition: MatchConditionCompiler): FieldError[] {
  const place = child(field, 'webhook');
  if (type !== 'Webhook') return webhook === undefined ? [] : [invalidValue(place, 'non-null', 'may only be specified when type=Webhook')];
  if (webhook === undefined) return [required(place, 'required when type=Webhook')];
  return [
    ...durationErrors(webhook, field),
    ...choiceErrors(webhook, field),
    ...connectionErrors(webhook.connectionInfo, child(field, 'connectionInfo')),
    ...compileConditions(
      webhook.matchConditions.map(({ expression }) => expression),
      compileCondition,
      field,
    ).errors,
  ];
}

function durationErrors({ timeoutMs, authorizedTtlMs, unauthorizedTtlMs }: WebhookConfiguration, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (timeoutMs === 0) errors.push(required(child(field, 'timeout')));
  else if (timeoutMs > 30_000 || timeoutMs < 0) errors.push(invalidValue(child(field, 'timeout'), durationText(timeoutMs), 'must be > 0s and <= 30s'));
  if (authorizedTtlMs < 0) errors.push(invalidValue(child(field, 'authorizedTTL'), durationText(authorizedTtlMs), 'must be > 0s'));
  if (unauthorizedTtlMs < 0) errors.push(invalidValue(child(field, 'unauthorizedTTL'), durationText(unauthorizedTtlMs), 'must be > 0s'));
  return errors;
}

/** As Go prints durations that are whole milliseconds. */
function durationText(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '-' : '';
  if (size < 1000) return `${sign}${size}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor(size / 60_000) % 60;
  const seconds = `${(size % 60_000) / 1000}s`;
  return sign + (hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds);
}

function choiceErrors(webhook: WebhookConfiguration, field: string): FieldError[] {
  const { subjectAccessReviewVersion: version, matchConditionSubjectAccessReviewVersion: conditionVersion, failurePolicy, matchConditions } = webhook;
  const errors = oneOf(child(field, 'subjectAccessReviewVersion'), version, ['v1', 'v1beta1']);
  const conditionField = child(field, 'matchConditionSubjectAccessReviewVersion');
  if (conditionVersion !== '') errors.push(...oneOf(conditionField, conditionVersion, ['v1']));
  else if (matchConditions.length > 0) errors.push(required(conditionField, 'required if match conditions are specified'));
  errors.push(...oneOf(child(field, 'failurePolicy'), failurePolicy, ['NoOpinion', 'Deny']));
  return errors;
}

function oneOf(field: string, value: string, known: readonly string[]): FieldError[] {
  if (value === '') return [required(field)];
  return known.includes(value) ? [] : [notSupported(field, value, known)];
}

function connectionErrors({ type, kubeConfigFile }: WebhookConfiguration['connectionInfo'], field: string): FieldError[] {
  const fileField = child(field, 'kubeConfigFile');
  if (type === 'InClusterConfig')
    return kubeConfigFile === undefined ? [] : [invalidValue(fileField, kubeConfigFile, 'can only be set when type=KubeConfigFile')];
  if (type !== 'KubeConfigFile') return oneOf(child(field, 'type'), type, ['InClusterConfig', 'KubeConfigFile']);
  if (kubeConfigFile === undefined || kubeConfigFile === '') return [required(fileField)];
  if (!isAbsolute(kubeConfigFile)) return [invalidValue(fileField, kubeConfigFile, 'must be an absolute path')];
  try {
    return statSync(kubeConfigFile).isFile() ? [] : [invalidValue(fileField, kubeConfigFile, 'must be a regular file')];
  } catch {
    return [invalidValue(fileField, kubeConfigFile, `error loading file: stat ${kubeConfigFile}: no such file or directory`)];
  }
}
