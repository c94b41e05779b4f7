/** HorizontalPodAutoscalers, as autoscaling/v2 has them (pkg/apis/autoscaling/validation). */
import {
  child,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  notSupported,
  parseApiVersion,
  parseQuantity,
  pathSegmentName,
  required,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt } from '../types/read.js';
import { containerResourceName, nonNegativeQuantity } from './quantities.js';
import { dnsLabel, invalidEach, nonNegativeFields } from './rules.js';

/** What is said of the group and version of what is referred to. */
type VersionRule = (reference: JsonObject) => string | undefined;

const anyVersion: VersionRule = () => undefined;
const parses: VersionRule = (reference) => {
  const text = textAt(reference, 'apiVersion');
  return parseApiVersion(text) ? undefined : `unexpected GroupVersion string: ${text}`;
};
const namesGroup: VersionRule = (reference) =>
  parses(reference) ?? (parseApiVersion(textAt(reference, 'apiVersion'))?.group === '' ? 'apiVersion must specify API group' : undefined);

function validateReference(reference: JsonObject, path: string, version: VersionRule): FieldError[] {
  const errors = ['kind', 'name'].flatMap((field): FieldError[] => {
    const text = textAt(reference, field);
    return text === '' ? [required(child(path, field))] : invalidEach(pathSegmentName(text), child(path, field), text);
  });
  const why = version(reference);
  return why === undefined ? errors : [...errors, invalidValue(child(path, 'apiVersion'), textAt(reference, 'apiVersion'), why)];
}

const isPositive = (quantity: string): boolean => parseQuantity(quantity).sign > 0;

function validateTarget(target: JsonObject, path: string): FieldError[] {
  const type = textAt(target, 'type');
  const errors: FieldError[] = type === '' ? [required(child(path, 'type'), 'must specify a metric target type')] : [];
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    errors.push(invalidValue(child(path, 'type'), type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue']) {
    if (has(target, field) && !isPositive(textAt(target, field))) errors.push(invalidValue(child(path, field), target[field], 'must be positive'));
  }
  if (has(target, 'averageUtilization') && numberAt(target, 'averageUtilization') < 1) {
    errors.push(invalidValue(child(path, 'averageUtilization'), target.averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function validateIdentifier(source: JsonObject, path: string): FieldError[] {
  const name = textAt(recordAt(source, 'metric'), 'name');
  const namePath = child(path, 'metric.name');
  return name === '' ? [required(namePath, 'must specify a metric name')] : invalidEach(pathSegmentName(name), namePath, name);
}

/** Exactly one of a value and another kind of value, or at least one. */
function oneValue(
  source: JsonObject,
  path: string,
  [first, second]: readonly [string, string],
  missing: string,
  both?: readonly [field: string, why: string],
): FieldError[] {
  const target = recordAt(source, 'target');
  if (!has(target, first) && !has(target, second)) return [required(child(path, `target.${second}`), missing)];
  return both && has(target, first) && has(target, second) ? [forbiddenField(child(path, `target.${both[0]}`), both[1])] : [];
}

type SourceRule = (source: JsonObject, path: string, version: VersionRule) => FieldError[];

const resourceValues: SourceRule = (source, path) =>
  oneValue(source, path, ['averageValue', 'averageUtilization'], 'must set either a target raw value or a target utilization', [
    'averageValue',
    'may not set both a target raw value and a target utilization',
  ]);
const targetOf: SourceRule = (source, path) => validateTarget(recordAt(source, 'target'), child(path, 'target'));

/** In the order in which the reference looks for them. */
const sources: readonly (readonly [type: string, field: string, rule: SourceRule])[] = [
  [
    'Object',
    'object',
    (source, path, version) => [
      ...validateReference(recordAt(source, 'describedObject'), child(path, 'describedObject'), version),
      ...validateIdentifier(source, path),
      ...targetOf(source, path, version),
      ...oneValue(source, path, ['value', 'averageValue'], 'must set either a target value or averageValue'),
    ],
  ],
  [
    'External',
    'external',
    (source, path, version) => [
      ...validateIdentifier(source, path),
      ...targetOf(source, path, version),
      ...oneValue(source, path, ['value', 'averageValue'], 'must set either a target value for metric or a per-pod target', [
        'value',
        'may not set both a target value for metric and a per-pod target',
      ]),
    ],
  ],
  [
    'Pods',
    'pods',
    (source, path, version) => [
      ...validateIdentifier(source, path),
      ...targetOf(source, path, version),
      ...(has(recordAt(source, 'target'), 'averageValue') ? [] : [required(child(path, 'target.averageValue'), 'must specify a positive target averageValue')]),
    ],
  ],
  [
    'Resource',
    'resource',
    (source, path, version) => [
      ...(textAt(source, 'name') === '' ? [required(child(path, 'name'), 'must specify a resource name')] : []),
      ...targetOf(source, path, version),
      ...resourceValues(source, path, version),
    ],
  ],
  [
    'ContainerResource',
    'containerResource',
    (source, path, version) => {
      const [name, container] = [textAt(source, 'name'), textAt(source, 'container')];
      return [
        ...(name === '' ? [required(child(path, 'name'), 'must specify a resource name')] : containerResourceName(name, child(path, 'name'))),
        ...(container === '' ? [required(child(path, 'container'), 'must specify a container')] : dnsLabel(container, child(path, 'container'))),
        ...targetOf(source, path, version),
        ...resourceValues(source, path, version),
      ];
    },
  ],
];
const sourceTypes = sources.map(([type]) => type).sort();

function validateMetric(metric: JsonObject, path: string, version: VersionRule): FieldError[] {
  const type = textAt(metric, 'type');
  const errors: FieldError[] = type === '' ? [required(child(path, 'type'), 'must specify a metric source type')] : [];
  const own = sources.find(([name]) => name === type);
  if (!own) errors.push(notSupported(child(path, 'type'), type, sourceTypes));
  const present = sources.filter(([, field]) => has(metric, field));
  const [first] = present;
  // Of several, only the first is looked at.
  if (first) errors.push(...first[2](recordAt(metric, first[1]), child(path, first[1]), version));
  if (!own) errors.push(notSupported(child(path, 'type'), type, sourceTypes));
  else if (!has(metric, own[1])) errors.push(required(child(path, own[1]), 'must populate information for the given metric source'));
  if (present.length !== 1) {
    for (const [, field] of present) if (field !== own?.[1]) errors.push(forbiddenField(child(path, field), 'must populate the given metric source only'));
  }
  return errors;
}

const maxStabilizationSeconds = 3600;
const maxPeriodSeconds = 1800;

function validatePolicy(policy: JsonObject, path: string): FieldError[] {
  const [type, value, seconds] = [textAt(policy, 'type'), numberAt(policy, 'value'), numberAt(policy, 'periodSeconds')];
  const errors: FieldError[] = ['Percent', 'Pods'].includes(type) ? [] : [notSupported(child(path, 'type'), type, ['Percent', 'Pods'])];
  if (value <= 0) errors.push(invalidValue(child(path, 'value'), value, 'must be greater than zero'));
  if (seconds <= 0) errors.push(invalidValue(child(path, 'periodSeconds'), seconds, 'must be greater than zero'));
  if (seconds > maxPeriodSeconds) errors.push(invalidValue(child(path, 'periodSeconds'), seconds, `must be less than or equal to ${maxPeriodSeconds}`));
  return errors;
}

function validateScalingRules(rules: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [seconds, select] = [numberAt(rules, 'stabilizationWindowSeconds'), textAt(rules, 'selectPolicy')];
  const secondsPath = child(path, 'stabilizationWindowSeconds');
  if (seconds < 0) errors.push(invalidValue(secondsPath, seconds, 'must be greater than or equal to zero'));
  if (seconds > maxStabilizationSeconds) errors.push(invalidValue(secondsPath, seconds, `must be less than or equal to ${maxStabilizationSeconds}`));
  const selects = ['Disabled', 'Max', 'Min'];
  if (has(rules, 'selectPolicy') && !selects.includes(select)) errors.push(notSupported(child(path, 'selectPolicy'), select, selects));
  const policies = recordsAt(rules, 'policies');
  const policiesPath = child(path, 'policies');
  if (policies.length === 0) errors.push(required(policiesPath, 'must specify at least one Policy'));
  errors.push(...policies.flatMap((policy, at) => validatePolicy(policy, index(policiesPath, at))));
  return has(rules, 'tolerance') ? [...errors, ...nonNegativeQuantity(textAt(rules, 'tolerance'), child(path, 'tolerance'))] : errors;
}

/** A target whose kind and version have not changed is not looked at again; only one kind has no group. */
function targetVersionRule(target: JsonObject, old: JsonObject | undefined): VersionRule {
  if (old && target.apiVersion === old.apiVersion && target.kind === old.kind) return anyVersion;
  return target.kind === 'ReplicationController' ? parses : namesGroup;
}

export function validateAutoscaler(autoscaler: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(autoscaler, 'spec');
  const [min, max, metrics] = [numberAt(spec, 'minReplicas'), numberAt(spec, 'maxReplicas'), recordsAt(spec, 'metrics')];
  const hasMin = has(spec, 'minReplicas');
  const errors: FieldError[] = [];
  if (hasMin && min < 0) errors.push(invalidValue('spec.minReplicas', min, 'must be greater than or equal to 0'));
  if (max === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (max < 0) errors.push(invalidValue('spec.maxReplicas', max, 'must be greater than or equal to 1'));
  if (hasMin && max < min) errors.push(invalidValue('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  const target = recordAt(spec, 'scaleTargetRef');
  const oldSpec = old && recordAt(old, 'spec');
  errors.push(...validateReference(target, 'spec.scaleTargetRef', targetVersionRule(target, oldSpec && recordAt(oldSpec, 'scaleTargetRef'))));
  const wasInvalid = recordsAt(oldSpec, 'metrics').some(
    (metric) => metric.type === 'Object' && parses(recordAt(recordAt(metric, 'object'), 'describedObject')),
  );
  errors.push(...metrics.flatMap((metric, at) => validateMetric(metric, index('spec.metrics', at), wasInvalid ? anyVersion : parses)));
  if (hasMin && min === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    errors.push(forbiddenField('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas'));
  }
  const behavior = recordAt(spec, 'behavior');
  for (const direction of ['scaleUp', 'scaleDown']) {
    if (has(behavior, direction)) errors.push(...validateScalingRules(recordAt(behavior, direction), `spec.behavior.${direction}`));
  }
  return errors;
}

export function validateAutoscalerStatus(autoscaler: JsonObject): FieldError[] {
  const status = recordAt(autoscaler, 'status');
  return [
    ...recordsAt(status, 'conditions').flatMap((condition, at) => nonNegativeFields(condition, index('status.conditions', at), 'observedGeneration')),
    ...nonNegativeFields(status, 'status', 'currentReplicas', 'desiredReplicas'),
  ];
}
