/** What pods and pod templates have in common. */
import {
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  labelValue,
  nameIsDNSSubdomain,
  notSupported,
  qualifiedName,
  required,
  validateAnnotations,
  validateLabels,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { idFields, validateContainers, validateInitContainers } from './containers.js';
import { dnsLabel, invalidEach, ipAddress, labelSelectorRule, oneOf, type Rule } from './rules.js';
import { validateVolumes } from './volumes.js';

export const toleration: Rule<JsonObject> = (value, path) => {
  const [name, operator, text, effect] = ['key', 'operator', 'value', 'effect'].map((field) => textAt(value, field)) as [string, string, string, string];
  const operatorPath = child(path, 'operator');
  const errors = name === '' ? [] : invalidEach(qualifiedName(name), child(path, 'key'), name);
  if (name === '' && operator !== 'Exists')
    errors.push(invalidValue(operatorPath, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
  if (has(value, 'tolerationSeconds') && effect !== 'NoExecute')
    errors.push(invalidValue(child(path, 'effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  if (operator === '' || operator === 'Equal') {
    const messages = labelValue(text);
    if (messages.length > 0) errors.push(invalidValue(operatorPath, text, messages.join(';')));
  } else if (operator === 'Exists') {
    if (text !== '') errors.push(invalidValue(operatorPath, text, "value must be empty when `operator` is 'Exists'"));
  } else if (operator === 'Lt' || operator === 'Gt') errors.push(notSupported(operatorPath, operator, ['Equal', 'Exists', 'Lt', 'Gt']));
  else errors.push(notSupported(operatorPath, operator, ['Equal', 'Exists']));
  if (effect !== '') errors.push(...oneOf(effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'], child(path, 'effect')));
  return errors;
};

const hostNetworkPorts = (spec: JsonObject, path: string, isPod: boolean): FieldError[] =>
  spec.hostNetwork !== true
    ? []
    : recordsAt(spec, 'containers').flatMap((container, at) =>
        recordsAt(container, 'ports').flatMap((port, portAt) => {
          const [hostPort, containerPort] = [numberAt(port, 'hostPort'), numberAt(port, 'containerPort')];
          if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
          const portPath = index(child(index(child(path, 'containers'), at), 'ports'), portAt);
          return [invalidValue(child(portPath, 'hostPort'), hostPort, 'must match `containerPort` when `hostNetwork` is true')];
        }),
      );

const topologySpread: Rule<JsonObject> = (constraint, path) => {
  const errors: FieldError[] = [];
  const maxSkew = numberAt(constraint, 'maxSkew');
  if (maxSkew <= 0) errors.push(invalidValue(child(path, 'maxSkew'), maxSkew, 'must be greater than zero'));
  const topologyKey = textAt(constraint, 'topologyKey');
  if (topologyKey === '') errors.push(required(child(path, 'topologyKey'), 'can not be empty'));
  const action = textAt(constraint, 'whenUnsatisfiable');
  if (action !== 'DoNotSchedule' && action !== 'ScheduleAnyway')
    errors.push(notSupported(child(path, 'whenUnsatisfiable'), action, ['DoNotSchedule', 'ScheduleAnyway']));
  return [...errors, ...labelSelectorRule(constraint.labelSelector as JsonObject | undefined, child(path, 'labelSelector'))];
};

/** No two constraints may be about the same topology and do the same. */
const repeatedSpread = (constraints: readonly JsonObject[], path: string): FieldError[] => {
  const texts = constraints.map((constraint) => `{${textAt(constraint, 'topologyKey')}, ${textAt(constraint, 'whenUnsatisfiable')}}`);
  return texts.flatMap((text, at) => (texts.indexOf(text, at + 1) < 0 ? [] : [duplicate(child(index(path, at), '{topologyKey, whenUnsatisfiable}'), text)]));
};

/** A name of another object, if it is given. */
const nameField = (spec: JsonObject, name: string, path: string): FieldError[] => {
  const value = textAt(spec, name);
  return value === '' ? [] : invalidEach(nameIsDNSSubdomain(value), child(path, name), value);
};
const labelField = (spec: JsonObject, name: string, path: string): FieldError[] => {
  const value = textAt(spec, name);
  return value === '' ? [] : dnsLabel(value, child(path, name));
};

const list = (spec: JsonObject, name: string, path: string, rule: Rule<JsonObject>): FieldError[] =>
  recordsAt(spec, name).flatMap((item, at) => rule(item, index(child(path, name), at)));

function podSecurityContext(spec: JsonObject, path: string): FieldError[] {
  const context = recordAt(spec, 'securityContext');
  const errors = idFields(context, path, 'fsGroup', 'runAsUser', 'runAsGroup');
  (context.supplementalGroups as number[] | undefined)?.forEach((id, at) => {
    if (id < 0 || id > 0x7fffffff) errors.push(invalidValue(index(child(path, 'supplementalGroups'), at), id, 'must be between 0 and 2147483647, inclusive'));
  });
  return errors;
}

/** The spec of a pod, or (`isPod` false) of a template. */
export function validatePodSpec(spec: JsonObject, path: string, isPod = false): FieldError[] {
  const volumes = validateVolumes(recordsAt(spec, 'volumes'), child(path, 'volumes'));
  const [containers, initContainers] = [recordsAt(spec, 'containers'), recordsAt(spec, 'initContainers')];
  const deadline = spec.activeDeadlineSeconds;
  return [
    ...(has(spec, 'terminationGracePeriodSeconds') ? [] : [required(child(path, 'terminationGracePeriodSeconds'))]),
    ...volumes.errors,
    ...validateContainers(containers, volumes.names, child(path, 'containers')),
    ...validateInitContainers(initContainers, containers, volumes.names, child(path, 'initContainers')),
    ...hostNetworkPorts(spec, path, isPod),
    ...oneOf(textAt(spec, 'restartPolicy'), ['Always', 'OnFailure', 'Never'], child(path, 'restartPolicy')),
    ...oneOf(textAt(spec, 'dnsPolicy'), ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], child(path, 'dnsPolicy')),
    ...validateLabels(recordAt(spec, 'nodeSelector') as Record<string, string>, child(path, 'nodeSelector')),
    ...podSecurityContext(spec, child(path, 'securityContext')),
    ...list(spec, 'readinessGates', path, (gate, at) =>
      invalidEach(qualifiedName(textAt(gate, 'conditionType')), child(at, 'conditionType'), textAt(gate, 'conditionType')),
    ),
    ...list(spec, 'topologySpreadConstraints', path, topologySpread),
    ...repeatedSpread(recordsAt(spec, 'topologySpreadConstraints'), child(path, 'topologySpreadConstraints')),
    ...nameField(spec, 'serviceAccountName', path),
    ...nameField(spec, 'nodeName', path),
    ...(has(spec, 'activeDeadlineSeconds') && (Number(deadline) < 1 || Number(deadline) > 0x7fffffff)
      ? [invalidValue(child(path, 'activeDeadlineSeconds'), deadline, 'must be between 1 and 2147483647, inclusive')]
      : []),
    ...labelField(spec, 'hostname', path),
    ...labelField(spec, 'subdomain', path),
    ...list(spec, 'tolerations', path, toleration),
    ...list(spec, 'hostAliases', path, (alias, at) => [
      ...ipAddress(textAt(alias, 'ip'), child(at, 'ip')),
      ...textsAt(alias, 'hostnames').flatMap((name, nameAt) => invalidEach(nameIsDNSSubdomain(name), index(child(at, 'hostnames'), nameAt), name)),
    ]),
    ...nameField(spec, 'priorityClassName', path),
    ...nameField(spec, 'runtimeClassName', path),
  ];
}

/** A pod template. */
export function validatePodTemplate(template: JsonObject, path: string): FieldError[] {
  const metadata = recordAt(template, 'metadata');
  const spec = recordAt(template, 'spec');
  const errors = [
    ...validateLabels(metadata.labels as Record<string, string> | undefined, child(path, 'labels')),
    ...validateAnnotations(metadata.annotations as Record<string, string> | undefined, child(path, 'annotations')),
    ...validatePodSpec(spec, child(path, 'spec')),
  ];
  if (recordsAt(spec, 'ephemeralContainers').length > 0)
    errors.push(forbiddenField(child(child(path, 'spec'), 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'));
  return errors;
}
