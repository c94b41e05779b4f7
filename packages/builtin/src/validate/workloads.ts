/** The kinds that make pods from a template: those of apps, and ReplicationController. */
import {
  child,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  labelSelectorFrom,
  type LabelSelectorObject,
  notSupported,
  required,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt } from '../types/read.js';
import { validatePodTemplate } from './pod-spec.js';
import { validateClaimSpec } from './storage.js';
import {
  atMost100Percent,
  dnsLabel,
  goStruct,
  immutable,
  intOrPercent,
  intOrPercentValue,
  isEmptySelector,
  labelSelectorRule,
  nonNegativeFields,
  oneOf,
} from './rules.js';

const selectorPath = 'spec.selector';

/** A selector that must be there and select something. */
function requiredSelector(spec: JsonObject, kind: string): FieldError[] {
  if (!has(spec, 'selector')) return [required(selectorPath)];
  const selector = recordAt(spec, 'selector');
  const errors = labelSelectorRule(selector, selectorPath);
  if (isEmptySelector(selector)) errors.push(invalidValue(selectorPath, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

/** Whether the selector matches the labels; undefined where it is no selector. */
function matches(selector: unknown, labels: unknown): boolean | undefined {
  try {
    const compiled = labelSelectorFrom(selector as LabelSelectorObject | undefined);
    return compiled.matches(labels as Record<string, string> | undefined);
  } catch {
    return undefined; // Its faults have been told field by field.
  }
}

function templateMatches(spec: JsonObject, path: string): FieldError[] {
  const labels = recordAt(recordAt(spec, 'template'), 'metadata').labels;
  const matched = matches(spec.selector, labels);
  return matched === false ? [invalidValue(child(path, 'template.metadata.labels'), labels ?? null, '`selector` does not match template `labels`')] : [];
}

/** Pods of controllers that keep pods running. */
function alwaysRunning(spec: JsonObject, kind: string): FieldError[] {
  const podSpec = recordAt(recordAt(spec, 'template'), 'spec');
  const errors: FieldError[] = [];
  if (podSpec.restartPolicy !== 'Always') errors.push(notSupported('spec.template.spec.restartPolicy', textAt(podSpec, 'restartPolicy'), ['Always']));
  if (has(podSpec, 'activeDeadlineSeconds'))
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`));
  return errors;
}

/** The template of a ReplicaSet or a Deployment. */
function replicaSetTemplate(spec: JsonObject): FieldError[] {
  if (matches(spec.selector, {}) === undefined) return [invalidValue(selectorPath, spec.selector, 'invalid label selector')];
  return [...templateMatches(spec, 'spec'), ...validatePodTemplate(recordAt(spec, 'template'), 'spec.template'), ...alwaysRunning(spec, 'ReplicaSet')];
}

const rollingFields = { MaxUnavailable: 'maxUnavailable', MaxSurge: 'maxSurge' };
const strategyShown = (strategy: JsonObject): JsonObject => ({
  Type: textAt(strategy, 'type'),
  RollingUpdate: has(strategy, 'rollingUpdate') ? goStruct(recordAt(strategy, 'rollingUpdate'), rollingFields) : null,
});

function deploymentStrategy(strategy: JsonObject): FieldError[] {
  const path = 'spec.strategy';
  const rollingPath = child(path, 'rollingUpdate');
  if (strategy.type === 'Recreate')
    return has(strategy, 'rollingUpdate') ? [forbiddenField(rollingPath, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (strategy.type !== 'RollingUpdate') return [notSupported(path, strategyShown(strategy), ['Recreate', 'RollingUpdate'])];
  const { maxUnavailable, maxSurge } = recordAt(strategy, 'rollingUpdate');
  const errors = [...intOrPercent(maxUnavailable, child(rollingPath, 'maxUnavailable')), ...intOrPercent(maxSurge, child(rollingPath, 'maxSurge'))];
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
    errors.push(invalidValue(child(rollingPath, 'maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...errors, ...atMost100Percent(maxUnavailable, child(rollingPath, 'maxUnavailable'))];
}

/** A selector keeps the value it was created with. */
const sameSelector = (spec: JsonObject, old: JsonObject | undefined): FieldError[] =>
  old ? immutable(spec.selector, recordAt(old, 'spec').selector, selectorPath) : [];

export function validateDeployment(deployment: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(deployment, 'spec');
  const errors = [
    ...nonNegativeFields(spec, 'spec', 'replicas'),
    ...requiredSelector(spec, 'deployment'),
    ...replicaSetTemplate(spec),
    ...deploymentStrategy(recordAt(spec, 'strategy')),
    ...nonNegativeFields(spec, 'spec', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'),
  ];
  const progress = numberAt(spec, 'progressDeadlineSeconds');
  if (has(spec, 'progressDeadlineSeconds') && progress <= numberAt(spec, 'minReadySeconds'))
    errors.push(invalidValue('spec.progressDeadlineSeconds', progress, 'must be greater than minReadySeconds'));
  return [...errors, ...sameSelector(spec, old)];
}

export function validateReplicaSet(replicaSet: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(replicaSet, 'spec');
  return [
    ...nonNegativeFields(spec, 'spec', 'replicas', 'minReadySeconds'),
    // The reference says "deployment" here too.
    ...requiredSelector(spec, 'deployment'),
    ...replicaSetTemplate(spec),
    ...sameSelector(spec, old),
  ];
}

export function validateReplicationController(controller: JsonObject): FieldError[] {
  const spec = recordAt(controller, 'spec');
  const selector = recordAt(spec, 'selector');
  const isEmpty = Object.keys(selector).length === 0;
  const errors = [
    ...nonNegativeFields(spec, 'spec', 'minReadySeconds'),
    ...(isEmpty ? [required(selectorPath)] : []),
    ...nonNegativeFields(spec, 'spec', 'replicas'),
  ];
  if (!has(spec, 'template')) return [...errors, required('spec.template')];
  if (!isEmpty) errors.push(...templateMatches({ ...spec, selector: { matchLabels: selector } }, 'spec'));
  return [...errors, ...validatePodTemplate(recordAt(spec, 'template'), 'spec.template'), ...alwaysRunning(spec, 'ReplicationController')];
}

function statefulSetStrategy(strategy: JsonObject): FieldError[] {
  const path = 'spec.updateStrategy';
  const rollingPath = child(path, 'rollingUpdate');
  const type = textAt(strategy, 'type');
  if (type === '') return [required(path)];
  const rolling = recordAt(strategy, 'rollingUpdate');
  if (type === 'OnDelete') {
    const shown = { Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null };
    return has(strategy, 'rollingUpdate') ? [invalidValue(rollingPath, shown, "only allowed for updateStrategy 'RollingUpdate'")] : [];
  }
  if (type !== 'RollingUpdate') return [invalidValue(path, { Type: type, RollingUpdate: null }, "must be 'RollingUpdate' or 'OnDelete'")];
  return nonNegativeFields(rolling, rollingPath, 'partition');
}

const retentionPolicies = ['Retain', 'Delete'];

export function validateStatefulSet(statefulSet: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(statefulSet, 'spec');
  const management = textAt(spec, 'podManagementPolicy');
  const errors: FieldError[] = [];
  if (management !== 'OrderedReady' && management !== 'Parallel')
    errors.push(invalidValue('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"));
  errors.push(...statefulSetStrategy(recordAt(spec, 'updateStrategy')));
  const retention = recordAt(spec, 'persistentVolumeClaimRetentionPolicy');
  for (const name of ['whenDeleted', 'whenScaled'])
    if (has(retention, name)) errors.push(...oneOf(textAt(retention, name), retentionPolicies, `spec.persistentVolumeClaimRetentionPolicy.${name}`));
  const claims = recordsAt(spec, 'volumeClaimTemplates');
  errors.push(...claims.flatMap((claim, at) => validateClaimSpec(recordAt(claim, 'spec'), child(index('spec.volumeClaimTemplates', at), 'spec'))));
  errors.push(...nonNegativeFields(spec, 'spec', 'replicas', 'minReadySeconds'));
  const serviceName = textAt(spec, 'serviceName');
  if (serviceName !== '') errors.push(...dnsLabel(serviceName, 'spec.serviceName'));
  errors.push(...requiredSelector(spec, 'statefulset'));
  if (matches(spec.selector, {}) === undefined) errors.push(invalidValue(selectorPath, spec.selector, ''));
  else errors.push(...templateMatches(spec, 'spec'), ...validatePodTemplate(withClaimVolumes(spec), 'spec.template'));
  errors.push(...alwaysRunning(spec, 'StatefulSet'));
  if (!old) return errors;
  const oldSpec = recordAt(old, 'spec');
  for (const field of ['selector', 'volumeClaimTemplates', 'serviceName', 'podManagementPolicy'])
    errors.push(...immutable(spec[field], oldSpec[field], `spec.${field}`, field === 'serviceName' ? textAt(spec, field) : spec[field]));
  return errors;
}

/** The template with a volume for each claim, since its containers may mount those; host names are the controller's. */
function withClaimVolumes(spec: JsonObject): JsonObject {
  const template = recordAt(spec, 'template');
  const podSpec = recordAt(template, 'spec');
  const claims = [...new Set(recordsAt(spec, 'volumeClaimTemplates').map((claim) => textAt(recordAt(claim, 'metadata'), 'name')))];
  const own = recordsAt(podSpec, 'volumes').filter((volume) => !claims.includes(textAt(volume, 'name')));
  const volumes = [...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...own];
  const { hostname, subdomain, ...rest } = podSpec;
  return { ...template, spec: { ...rest, volumes } };
}

function daemonSetStrategy(strategy: JsonObject): FieldError[] {
  const path = 'spec.updateStrategy';
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') return [notSupported(path, strategyShown(strategy), ['RollingUpdate', 'OnDelete'])];
  const { maxUnavailable, maxSurge } = recordAt(strategy, 'rollingUpdate');
  const [unavailablePath, surgePath] = [`${path}.rollingUpdate.maxUnavailable`, `${path}.rollingUpdate.maxSurge`];
  const errors = [
    ...intOrPercent(maxUnavailable, unavailablePath),
    ...intOrPercent(maxSurge, surgePath),
    ...atMost100Percent(maxUnavailable, unavailablePath),
    ...atMost100Percent(maxSurge, surgePath),
  ];
  const [hasUnavailable, hasSurge] = [intOrPercentValue(maxUnavailable) !== 0, intOrPercentValue(maxSurge) !== 0];
  if (hasUnavailable && hasSurge) errors.push(invalidValue(surgePath, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  else if (!hasUnavailable && !hasSurge) errors.push(required(unavailablePath, 'cannot be 0 when maxSurge is 0'));
  return errors;
}

export function validateDaemonSet(daemonSet: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(daemonSet, 'spec');
  const selector = spec.selector as JsonObject | undefined | null;
  return [
    ...sameSelector(spec, old),
    ...labelSelectorRule(selector, selectorPath),
    ...templateMatches(spec, 'spec'),
    ...(selector && isEmptySelector(selector) ? [invalidValue(selectorPath, selector, 'empty selector is invalid for daemonset')] : []),
    ...validatePodTemplate(recordAt(spec, 'template'), 'spec.template'),
    ...alwaysRunning(spec, 'DaemonSet'),
    ...nonNegativeFields(spec, 'spec', 'minReadySeconds'),
    ...daemonSetStrategy(recordAt(spec, 'updateStrategy')),
    ...nonNegativeFields(spec, 'spec', 'revisionHistoryLimit'),
  ];
}
