/** MutatingWebhookConfiguration and ValidatingWebhookConfiguration. What an older version has let in may stay. */
import {
  child,
  dns1035Label,
  dns1123Subdomain,
  duplicate,
  type FieldError,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  notSupported,
  required,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../../types/read.js';
import { invalidEach, labelSelectorRule } from '../rules.js';
import { matchConditions } from './match-conditions.js';
import { resourceRule } from './resource-rules.js';
import { staticSuffixRule } from './static-suffix.js';
import { webhookPlace } from './webhook-place.js';

const reviewVersions = ['v1', 'v1beta1'];
const harmless = ['None', 'NoneOnDryRun'];
const sideEffectClasses = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];

/** What is asked of webhooks, which may be less where the old ones did not meet it. */
interface Demands {
  readonly checksConditions: boolean;
  readonly sideEffects: readonly string[];
  readonly knownReviewVersion: boolean;
  readonly uniqueNames: boolean;
  readonly strictSelectors: boolean;
}

const strict: Demands = { checksConditions: true, sideEffects: harmless, knownReviewVersion: true, uniqueNames: true, strictSelectors: true };

const selectorFields = ['namespaceSelector', 'objectSelector'] as const;
const hasWrongSelector = (webhook: JsonObject): boolean =>
  selectorFields.some((field) => has(webhook, field) && labelSelectorRule(recordAt(webhook, field), '').length > 0);

function demandsOf(webhooks: readonly JsonObject[], old: readonly JsonObject[]): Demands {
  const isSame =
    webhooks.length === old.length && webhooks.every((webhook, at) => jsonEqual(webhook.matchConditions ?? null, old[at]!.matchConditions ?? null));
  return {
    checksConditions: !isSame,
    sideEffects: old.every((webhook) => harmless.includes(textAt(webhook, 'sideEffects'))) ? harmless : sideEffectClasses,
    knownReviewVersion: old.every((webhook) => {
      const versions = textsAt(webhook, 'admissionReviewVersions');
      return versions.length === 0 || versions.some((version) => reviewVersions.includes(version));
    }),
    uniqueNames: new Set(old.map((webhook) => textAt(webhook, 'name'))).size === old.length,
    strictSelectors: !old.some(hasWrongSelector),
  };
}

function fullyQualifiedName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  const messages = dns1123Subdomain(name);
  if (messages.length > 0) return [invalidValue(path, name, messages.join(','))];
  return name.split('.').length < 3 ? [invalidValue(path, name, 'should be a domain with at least three segments separated by dots')] : [];
}

/** A field that is one of some, if it is there. */
const choice = (holder: JsonObject, field: string, allowed: readonly string[], path: string): FieldError[] =>
  has(holder, field) && !allowed.includes(textAt(holder, field)) ? [notSupported(child(path, field), textAt(holder, field), allowed)] : [];

function sideEffects(webhook: JsonObject, path: string, allowed: readonly string[]): FieldError[] {
  if (!has(webhook, 'sideEffects')) return [required(child(path, 'sideEffects'), `must specify one of ${allowed.join(', ')}`)];
  return choice(webhook, 'sideEffects', allowed, path);
}

function timeout(webhook: JsonObject, path: string): FieldError[] {
  const seconds = numberAt(webhook, 'timeoutSeconds');
  const isRight = !has(webhook, 'timeoutSeconds') || (seconds >= 1 && seconds <= 30);
  return isRight ? [] : [invalidValue(child(path, 'timeoutSeconds'), seconds, 'the timeout value must be between 1 and 30 seconds')];
}

function selectors(webhook: JsonObject, path: string, isStrict: boolean): FieldError[] {
  const errors = selectorFields.flatMap((field) => labelSelectorRule(has(webhook, field) ? recordAt(webhook, field) : undefined, child(path, field)));
  return isStrict ? errors : errors.filter(({ field }) => !/\.values\[\d+\]$/.test(field));
}

function versions(webhook: JsonObject, path: string, isKnown: boolean): FieldError[] {
  const asked = textsAt(webhook, 'admissionReviewVersions');
  const oneOf = reviewVersions.join(', ');
  if (asked.length === 0) return [required(path, `must specify one of ${oneOf}`)];
  return [
    ...asked.flatMap((version, at) =>
      asked.indexOf(version) < at
        ? [invalidValue(index(path, at), version, 'duplicate version')]
        : invalidEach(dns1035Label(version), index(path, at), version),
    ),
    ...(isKnown && !asked.some((version) => reviewVersions.includes(version)) ? [invalidValue(path, asked, `must include at least one of ${oneOf}`)] : []),
  ];
}

function webhookRule(webhook: JsonObject, path: string, demands: Demands): FieldError[] {
  return [
    ...fullyQualifiedName(textAt(webhook, 'name'), child(path, 'name')),
    ...recordsAt(webhook, 'rules').flatMap((rule, at) => resourceRule(rule, index(child(path, 'rules'), at))),
    ...choice(webhook, 'failurePolicy', ['Fail', 'Ignore'], path),
    ...choice(webhook, 'matchPolicy', ['Equivalent', 'Exact'], path),
    ...sideEffects(webhook, path, demands.sideEffects),
    ...timeout(webhook, path),
    ...selectors(webhook, path, demands.strictSelectors),
    ...choice(webhook, 'reinvocationPolicy', ['IfNeeded', 'Never'], path),
    ...webhookPlace(recordAt(webhook, 'clientConfig'), child(path, 'clientConfig')),
    ...(demands.checksConditions ? matchConditions(webhook, path, { result: 'boolean', hasParams: false, hasAuthorizer: true }) : []),
    ...versions(webhook, child(path, 'admissionReviewVersions'), demands.knownReviewVersion),
  ];
}

function configuration(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const webhooks = recordsAt(object, 'webhooks');
  const demands = old ? demandsOf(webhooks, recordsAt(old, 'webhooks')) : strict;
  const names = webhooks.map((webhook) => textAt(webhook, 'name'));
  return [
    ...webhooks.flatMap((webhook, at) => {
      const path = index('webhooks', at);
      const isAgain = demands.uniqueNames && names[at] !== '' && names.indexOf(names[at]!) < at;
      return [...webhookRule(webhook, path, demands), ...(isAgain ? [duplicate(child(path, 'name'), names[at])] : [])];
    }),
    ...staticSuffixRule(object, old),
  ];
}

export const validateMutatingWebhooks = configuration;
export const validateValidatingWebhooks = configuration;
