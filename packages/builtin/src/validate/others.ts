/** Kinds with few rules. */
import { child, type FieldError, forbiddenField, index, invalidValue, type JsonObject, notSupported, qualifiedName, required } from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { finalizerName } from './metadata.js';
import { validatePodTemplate } from './pod-spec.js';
import { immutable, invalidEach, nonNegativeFields } from './rules.js';

export function validateNamespace(namespace: JsonObject, old: JsonObject | undefined): FieldError[] {
  // Later only `finalize` changes them.
  if (old) return [];
  return textsAt(recordAt(namespace, 'spec'), 'finalizers').flatMap((finalizer) => {
    const path = 'spec.finalizers';
    return [...invalidEach(qualifiedName(finalizer), path, finalizer), ...finalizerName(finalizer, path)];
  });
}

export function validateLease(lease: JsonObject): FieldError[] {
  const spec = recordAt(lease, 'spec');
  const errors: FieldError[] = [];
  const duration = spec.leaseDurationSeconds;
  if (has(spec, 'leaseDurationSeconds') && Number(duration) <= 0) errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  errors.push(...nonNegativeFields(spec, 'spec', 'leaseTransitions'));
  if (textAt(spec, 'preferredHolder') !== '' && textAt(spec, 'strategy') === '')
    errors.push(forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  return errors;
}

export function validateControllerRevision(revision: JsonObject, old: JsonObject | undefined): FieldError[] {
  const errors = nonNegativeFields(revision, '', 'revision');
  const { data } = revision;
  if (old) return [...errors, ...immutable(data, old.data, 'data')];
  if (data === undefined || data === null) errors.push(required('data', 'data is mandatory'));
  else if (typeof data !== 'object' || Array.isArray(data)) errors.push(required('data', 'data must be a valid JSON object'));
  return errors;
}

export const validatePodTemplateKind = (template: JsonObject): FieldError[] => validatePodTemplate(recordAt(template, 'template'), 'template');

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const validateNode = (node: JsonObject): FieldError[] =>
  recordsAt(recordAt(node, 'spec'), 'taints').flatMap((taint, at) => {
    const path = index('spec.taints', at);
    const [name, effect] = [textAt(taint, 'key'), textAt(taint, 'effect')];
    return [
      ...invalidEach(qualifiedName(name), child(path, 'key'), name),
      ...(effect === '' ? [required(child(path, 'effect'))] : taintEffects.includes(effect) ? [] : [notSupported(child(path, 'effect'), effect, taintEffects)]),
    ];
  });
