/** PersistentVolumes and PersistentVolumeClaims. */
import { child, type FieldError, forbiddenField, type JsonObject, jsonEqual, key, nameIsDNSSubdomain, notSupported, required } from '@apiserver-kit/machinery';
import { has, recordAt, textAt, textsAt } from '../types/read.js';
import { positiveQuantity } from './quantities.js';
import { invalidEach, labelSelectorRule } from './rules.js';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

function modeErrors(spec: JsonObject, path: string): FieldError[] {
  const modesPath = child(path, 'accessModes');
  const modes = textsAt(spec, 'accessModes');
  const errors = modes.flatMap((mode) => (accessModes.includes(mode) ? [] : [notSupported(modesPath, mode, accessModes)]));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode)))
    errors.push(forbiddenField(modesPath, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

const noModes = (spec: JsonObject, path: string, detail: string): FieldError[] =>
  textsAt(spec, 'accessModes').length === 0 ? [required(child(path, 'accessModes'), detail)] : [];

const className = (spec: JsonObject, path: string): FieldError[] => {
  const name = textAt(spec, 'storageClassName');
  return name === '' ? [] : invalidEach(nameIsDNSSubdomain(name), child(path, 'storageClassName'), name);
};

const volumeMode = (spec: JsonObject, path: string): FieldError[] => {
  const modes = ['Block', 'Filesystem'];
  return has(spec, 'volumeMode') && !modes.includes(textAt(spec, 'volumeMode')) ? [notSupported(child(path, 'volumeMode'), spec.volumeMode, modes)] : [];
};

/** The spec of a claim, or of a template for claims. */
export function validateClaimSpec(spec: JsonObject, path: string): FieldError[] {
  const storage = recordAt(recordAt(spec, 'resources'), 'requests').storage as string | undefined;
  const storagePath = key(child(path, 'resources'), 'storage');
  return [
    ...noModes(spec, path, 'at least 1 access mode is required'),
    ...labelSelectorRule(spec.selector as JsonObject | undefined, child(path, 'selector')),
    ...modeErrors(spec, path),
    ...(storage === undefined ? [required(storagePath)] : positiveQuantity(storage, storagePath)),
    ...className(spec, path),
    ...volumeMode(spec, path),
  ];
}

/** What may change in a claim that is bound. */
const mutable = ['resources', 'volumeAttributesClassName'];
const fixedPart = (spec: JsonObject): JsonObject => Object.fromEntries(Object.entries(spec).filter(([name]) => !mutable.includes(name)));

export function validatePersistentVolumeClaim(claim: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(claim, 'spec');
  const errors = validateClaimSpec(spec, 'spec');
  const oldSpec = old && recordAt(old, 'spec');
  if (oldSpec && textAt(oldSpec, 'volumeName') !== '' && !jsonEqual(fixedPart(spec), fixedPart(oldSpec)))
    errors.push(forbiddenField('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'));
  return errors;
}

export function validatePersistentVolume(volume: JsonObject): FieldError[] {
  const spec = recordAt(volume, 'spec');
  const capacity = recordAt(spec, 'capacity');
  const errors = [...noModes(spec, 'spec', ''), ...modeErrors(spec, 'spec')];
  if (Object.keys(capacity).length === 0) errors.push(required('spec.capacity'));
  else if (!has(capacity, 'storage') || Object.keys(capacity).length > 1) errors.push(notSupported('spec.capacity', capacity, ['storage']));
  return [...errors, ...className(spec, 'spec'), ...volumeMode(spec, 'spec')];
}
