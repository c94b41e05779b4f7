/** Pods: when they are made, and what of them may change. */
import { child, type FieldError, forbiddenField, index, invalidValue, type JsonObject, jsonEqual, required } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt } from '../types/read.js';
import { jsonDiff } from './line-diff.js';
import { validatePodSpec } from './pod-spec.js';
import { nonNegativeFields } from './rules.js';

const imagesWithoutSpace = (spec: JsonObject, list: string): FieldError[] =>
  recordsAt(spec, list).flatMap((container, at) => {
    const image = textAt(container, 'image');
    return image.trim() === image ? [] : [invalidValue(child(index(`spec.${list}`, at), 'image'), image, 'must not have leading or trailing whitespace')];
  });

const always = (spec: JsonObject): FieldError[] => [
  ...validatePodSpec(spec, 'spec', true),
  ...nonNegativeFields(spec, 'spec', 'terminationGracePeriodSeconds'),
  ...imagesWithoutSpace(spec, 'containers'),
  ...imagesWithoutSpace(spec, 'initContainers'),
];

function onCreate(spec: JsonObject): FieldError[] {
  const errors = always(spec);
  if (recordsAt(spec, 'ephemeralContainers').length > 0) errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (textAt(spec, 'nodeName') !== '' && recordsAt(spec, 'schedulingGates').length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

/** What changed of the containers. `stop`: containers were added or removed, and nothing else is said. */
function containerUpdates(spec: JsonObject, old: JsonObject, list: string): { errors: FieldError[]; stop: boolean } {
  const containers = recordsAt(spec, list);
  if (containers.length !== recordsAt(old, list).length)
    return { errors: [forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')], stop: true };
  const missing = containers.flatMap((container, at) => (textAt(container, 'image') === '' ? [required(child(index(`spec.${list}`, at), 'image'))] : []));
  return { errors: [...missing, ...imagesWithoutSpace(spec, list)], stop: false };
}

function deadlineUpdate(spec: JsonObject, old: JsonObject): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (!has(spec, 'activeDeadlineSeconds'))
    return has(old, 'activeDeadlineSeconds') ? [invalidValue(path, null, 'must not update from a positive integer to nil value')] : [];
  const deadline = numberAt(spec, 'activeDeadlineSeconds');
  if (deadline < 0 || deadline > 0x7fffffff) return [invalidValue(path, deadline, 'must be between 0 and 2147483647, inclusive')];
  if (has(old, 'activeDeadlineSeconds') && numberAt(old, 'activeDeadlineSeconds') < deadline)
    return [invalidValue(path, deadline, 'must be less than or equal to previous value')];
  return [];
}

/** Tolerations may be added, and live on; how long they last may change. */
function tolerationUpdates(spec: JsonObject, old: JsonObject): FieldError[] {
  const without = ({ tolerationSeconds, ...rest }: JsonObject): JsonObject => rest;
  const now = recordsAt(spec, 'tolerations').map(without);
  const lost = recordsAt(old, 'tolerations').some((toleration) => !now.some((other) => jsonEqual(other, without(toleration))));
  return lost ? [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')] : [];
}

const mutableText = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

const withOldImages = (spec: JsonObject, old: JsonObject, list: string): JsonObject =>
  has(spec, list) ? { [list]: recordsAt(spec, list).map((container, at) => ({ ...container, image: recordsAt(old, list)[at]!.image })) } : {};

/** The spec as it would be if only what may change had changed. */
function withoutMutable(spec: JsonObject, old: JsonObject): JsonObject {
  const isGated = recordsAt(old, 'schedulingGates').length > 0;
  const mutable = ['activeDeadlineSeconds', 'schedulingGates', 'tolerations', ...(isGated ? ['nodeSelector', 'affinity'] : [])];
  if (numberAt(old, 'terminationGracePeriodSeconds') < 0 && spec.terminationGracePeriodSeconds === 1) mutable.push('terminationGracePeriodSeconds');
  const merged: JsonObject = { ...spec, ...withOldImages(spec, old, 'containers'), ...withOldImages(spec, old, 'initContainers') };
  for (const field of mutable) {
    if (has(old, field)) merged[field] = old[field];
    else delete merged[field];
  }
  return merged;
}

function onUpdate(spec: JsonObject, old: JsonObject): FieldError[] {
  const errors = always(spec);
  for (const list of ['containers', 'initContainers']) {
    const update = containerUpdates(spec, old, list);
    errors.push(...update.errors);
    if (update.stop) return errors;
  }
  errors.push(...deadlineUpdate(spec, old), ...tolerationUpdates(spec, old));
  const munged = withoutMutable(spec, old);
  if (!jsonEqual(munged, old)) errors.push(forbiddenField('spec', `pod updates may not change fields other than ${mutableText}\n${jsonDiff(old, munged)}`));
  return errors;
}

export const validatePod = (pod: JsonObject, old: JsonObject | undefined): FieldError[] =>
  old ? onUpdate(recordAt(pod, 'spec'), recordAt(old, 'spec')) : onCreate(recordAt(pod, 'spec'));
