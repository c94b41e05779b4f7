/** What the metadata of every object must satisfy (k8s.io/apimachinery/pkg/api/validation, apis/meta/v1/validation). */
import { type FieldError, child, forbiddenField, index, invalidValue, notSupported, required, tooLong } from './field-path.js';
import { byteLength, codePointName, goQuote, unprintableCharacters } from './go-text.js';
import { gvkText, parseApiVersion } from './gvk.js';
import { type NameRule, labelValue, nameIsDNSLabel, nameIsDNSSubdomain, qualifiedName } from './names.js';
import { type ManagedFieldsEntry, type ObjectMeta, type OwnerReference, timestamp } from './object.js';

/** All keys and values of an object's annotations together, in bytes. */
export const maxAnnotationBytes = 256 << 10;
const maxFieldManagerBytes = 128;
const maxSubresourceBytes = 256;

export interface ObjectMetaRules {
  /** Whether objects of this kind live in namespaces. */
  readonly namespaced: boolean;
  /** Default: a DNS subdomain. */
  readonly nameRule?: NameRule;
  /** Default: `metadata`. */
  readonly path?: string;
}

/** Checks the metadata of an object that is created, after its name was generated and its namespace filled in. The values must be of their declared types. */
export function validateObjectMeta(meta: ObjectMeta, { namespaced, nameRule = nameIsDNSSubdomain, path = 'metadata' }: ObjectMetaRules): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '', namespace = '' } = meta;
  if (generateName !== '') for (const message of nameRule(generateName, true)) errors.push(invalidValue(child(path, 'generateName'), generateName, message));
  if (name === '') errors.push(required(child(path, 'name'), 'name or generateName is required'));
  else for (const message of nameRule(name, false)) errors.push(invalidValue(child(path, 'name'), name, message));

  const namespacePath = child(path, 'namespace');
  if (!namespaced) {
    if (namespace !== '') errors.push(forbiddenField(namespacePath, 'not allowed on this type'));
  } else if (namespace === '') errors.push(required(namespacePath));
  else for (const message of nameIsDNSLabel(namespace)) errors.push(invalidValue(namespacePath, namespace, message));

  pushNegativeGeneration(errors, meta, path);
  errors.push(
    ...validateLabels(meta.labels, child(path, 'labels')),
    ...validateAnnotations(meta.annotations, child(path, 'annotations')),
    ...validateOwnerReferences(meta.ownerReferences, child(path, 'ownerReferences')),
    ...validateFinalizers(meta.finalizers, child(path, 'finalizers')),
    ...validateManagedFields(meta.managedFields, child(path, 'managedFields')),
  );
  return errors;
}

/** Checks the metadata of an object that replaces `old`. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) errors.push(...validateNoNewFinalizers(meta.finalizers, old.finalizers, child(path, 'finalizers')));
  if (!meta.resourceVersion) errors.push(invalidValue(child(path, 'resourceVersion'), '', 'must be specified for an update'));
  pushNegativeGeneration(errors, meta, path);
  if ((meta.generation ?? 0) < (old.generation ?? 0)) errors.push(invalidValue(child(path, 'generation'), meta.generation ?? 0, 'must not be decremented'));

  const immutable = (field: keyof ObjectMeta, value: unknown, oldValue: unknown): void => {
    if (value !== oldValue) errors.push(invalidValue(child(path, field), value, 'field is immutable'));
  };
  for (const field of ['name', 'namespace', 'uid'] as const) immutable(field, meta[field] ?? '', old[field] ?? '');
  for (const field of ['creationTimestamp', 'deletionTimestamp'] as const) immutable(field, instant(meta[field]), instant(old[field]));
  immutable('deletionGracePeriodSeconds', meta.deletionGracePeriodSeconds ?? null, old.deletionGracePeriodSeconds ?? null);

  errors.push(
    ...validateLabels(meta.labels, child(path, 'labels')),
    ...validateAnnotations(meta.annotations, child(path, 'annotations')),
    ...validateOwnerReferences(meta.ownerReferences, child(path, 'ownerReferences')),
    ...validateManagedFields(meta.managedFields, child(path, 'managedFields')),
  );
  return errors;
}

function pushNegativeGeneration(errors: FieldError[], { generation = 0 }: ObjectMeta, path: string): void {
  if (generation < 0) errors.push(invalidValue(child(path, 'generation'), generation, 'must be greater than or equal to 0'));
}

/** One spelling per instant, so that times compare as texts. */
function instant(time: string | null | undefined): string | null {
  if (!time) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : timestamp(ms);
}

export function validateLabels(labels: Readonly<Record<string, string>> | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    for (const message of qualifiedName(key)) errors.push(invalidValue(path, key, message));
    const value = labels[key]!;
    for (const message of labelValue(value)) errors.push(invalidValue(path, value, message));
  }
  return errors;
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const key in annotations) {
    // Upper case is fine in an annotation's domain, unlike in a label's.
    for (const message of qualifiedName(key.toLowerCase())) errors.push(invalidValue(path, key, message));
    bytes += byteLength(key) + byteLength(annotations[key]!);
  }
  if (bytes > maxAnnotationBytes) errors.push(tooLong(path, maxAnnotationBytes));
  return errors;
}

/** Kinds that may not own others. */
const bannedOwners = new Set(['/v1, Kind=Event']);

/** In the order in which the reference prints an owner reference's fields. */
const printedOwner = ({
  apiVersion = '',
  kind = '',
  name = '',
  uid = '',
  controller,
  blockOwnerDeletion,
}: Partial<OwnerReference>): Partial<OwnerReference> => ({
  apiVersion,
  kind,
  name,
  uid,
  ...(controller == null ? {} : { controller }),
  ...(blockOwnerDeletion == null ? {} : { blockOwnerDeletion }),
});

export function validateOwnerReferences(owners: readonly Partial<OwnerReference>[] | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  owners?.forEach((owner, at) => {
    const ownerPath = index(path, at);
    const { apiVersion = '', kind = '' } = owner;
    const groupVersion = parseApiVersion(apiVersion);
    if (apiVersion === '') errors.push(required(child(ownerPath, 'apiVersion'), 'must not be empty'));
    else if (!groupVersion?.version) errors.push(invalidValue(child(ownerPath, 'apiVersion'), apiVersion, 'must be <group>/<version> or <version>'));
    for (const field of ['kind', 'name', 'uid'] as const) if (!owner[field]) errors.push(required(child(ownerPath, field), 'must not be empty'));
    const gvk = groupVersion && gvkText({ ...groupVersion, kind });
    if (gvk !== undefined && bannedOwners.has(gvk)) errors.push(invalidValue(ownerPath, printedOwner(owner), `${gvk} is disallowed from being an owner`));
    if (owner.controller) {
      const name = `${kind}/${owner.name ?? ''}`;
      if (controller === '') controller = name;
      else {
        const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
        errors.push(invalidValue(path, owners.map(printedOwner), detail));
      }
    }
  });
  return errors;
}

export function validateFinalizers(finalizers: readonly string[] | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!finalizers) return errors;
  for (const finalizer of finalizers) for (const message of qualifiedName(finalizer)) errors.push(invalidValue(path, finalizer, message));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  return errors;
}

/** Once an object is being deleted, finalizers may only go. */
export function validateNoNewFinalizers(
  finalizers: readonly string[] | null | undefined,
  old: readonly string[] | null | undefined,
  path: string,
): FieldError[] {
  const known = new Set(old);
  const added = [...new Set(finalizers)].filter((finalizer) => !known.has(finalizer)).sort();
  if (added.length === 0) return [];
  const list = `[]string{${added.map(goQuote).join(', ')}}`;
  return [forbiddenField(path, `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`)];
}

export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  entries?.forEach((entry, at) => {
    const entryPath = index(path, at);
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry;
    if (operation === '') errors.push(required(child(entryPath, 'operation'), 'must not be empty'));
    else if (operation !== 'Apply' && operation !== 'Update') errors.push(notSupported(child(entryPath, 'operation'), operation, ['Apply', 'Update']));
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') errors.push(invalidValue(child(entryPath, 'fieldsType'), fieldsType, 'must be `FieldsV1`'));
    errors.push(...validateFieldManager(manager, child(entryPath, 'manager')));
    if (byteLength(subresource) > maxSubresourceBytes) errors.push(tooLong(child(entryPath, 'subresource'), maxSubresourceBytes));
  });
  return errors;
}

/** The name of a field manager: at most 128 bytes, printable. Also the query parameter `fieldManager`. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(manager) > maxFieldManagerBytes) errors.push(tooLong(path, maxFieldManagerBytes));
  for (const { char, byte } of unprintableCharacters(manager))
    errors.push(invalidValue(path, manager, `invalid character ${codePointName(char)} (at position ${byte})`));
  return errors;
}
