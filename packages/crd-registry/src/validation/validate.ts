/** Validation of CustomResourceDefinitions (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, index, invalidValue, nameIsDNSSubdomain, validateObjectMeta, validateObjectMetaUpdate } from '@apiserver-kit/machinery';
import { validateApproval } from './api-approval.js';
import { type CustomResourceDefinition, type CustomResourceDefinitionStatus, isConditionTrue } from './custom-resource-definition.js';
import { validateNames } from './names.js';
import type { ValidateRules } from './schema.js';
import { rulesForCreate, rulesForUpdate } from './spec-rules.js';
import { validateSpec } from './spec.js';

export interface ValidateDefinitionOptions {
  /** `validateRules` of `@apiserver-kit/cel`, which compiles expressions. Default: expressions are not looked at. */
  readonly validateRules?: ValidateRules | undefined;
}

/** What is wrong with a definition that is created. To be called on one with its defaults. */
export function validateCustomResourceDefinition(crd: CustomResourceDefinition, { validateRules }: ValidateDefinitionOptions = {}): FieldError[] {
  const requiredName = `${crd.spec.names?.plural ?? ''}.${crd.spec.group ?? ''}`;
  const nameRule = (name: string, prefix = false): string[] => [
    ...nameIsDNSSubdomain(name, prefix),
    ...(name === requiredName ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
  return [
    ...validateObjectMeta(crd.metadata, { namespaced: false, nameRule }),
    ...validateSpec(crd.spec, 'spec', { ...rulesForCreate, validateRules }),
    ...validateStatus(crd.status ?? {}, 'status'),
    ...validateStoredVersions(crd, 'status.storedVersions'),
    ...validateApproval(crd),
    ...validatePreserveUnknownFields(crd),
  ];
}

/** What is wrong with a definition that replaces `old`. */
export function validateCustomResourceDefinitionUpdate(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition,
  { validateRules }: ValidateDefinitionOptions = {},
): FieldError[] {
  const rules = { ...rulesForUpdate(crd, old), validateRules };
  const errors = [...validateObjectMetaUpdate(crd.metadata, old.metadata), ...validateSpec(crd.spec, 'spec', rules)];
  const immutable = (field: string, value = '', oldValue = ''): void => {
    if (value !== oldValue) errors.push(invalidValue(field, value, 'field is immutable'));
  };
  // Objects are stored under these names, or as this kind.
  if (isConditionTrue(old, 'Established')) {
    immutable('spec.scope', crd.spec.scope, old.spec.scope);
    immutable('spec.names.kind', crd.spec.names?.kind, old.spec.names?.kind);
  }
  immutable('spec.group', crd.spec.group, old.spec.group);
  immutable('spec.names.plural', crd.spec.names?.plural, old.spec.names?.plural);
  errors.push(
    ...validateStatus(crd.status ?? {}, 'status'),
    ...validateStoredVersions(crd, 'status.storedVersions'),
    ...validateApproval(crd, old),
    ...(old.spec.preserveUnknownFields ? [] : validatePreserveUnknownFields(crd)),
  );
  return errors;
}

/** What is wrong with a definition whose status replaces that of `old`. */
export const validateCustomResourceDefinitionStatusUpdate = (crd: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] => [
  ...validateObjectMetaUpdate(crd.metadata, old.metadata),
  ...validateStatus(crd.status ?? {}, 'status'),
];

const validateStatus = ({ acceptedNames }: CustomResourceDefinitionStatus, path: string): FieldError[] =>
  validateNames(acceptedNames ?? {}, child(path, 'acceptedNames'));

/** Objects may be stored in these versions, so the versions must stay until the objects are rewritten. */
function validateStoredVersions({ spec, status }: CustomResourceDefinition, path: string): FieldError[] {
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalidValue(path, status?.storedVersions ?? null, 'must have at least one stored version')];
  const errors: FieldError[] = [];
  const left = new Set(stored);
  for (const { name, storage } of spec.versions ?? [])
    if (!left.delete(name) && storage) errors.push(invalidValue(path, stored, `must have the storage version ${name}`));
  for (const [i, name] of stored.entries())
    if (left.has(name) && stored.lastIndexOf(name) === i)
      errors.push(
        invalidValue(
          index(path, i),
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      );
  return errors;
}

const validatePreserveUnknownFields = ({ spec }: CustomResourceDefinition): FieldError[] =>
  spec.preserveUnknownFields
    ? [
        invalidValue(
          'spec.preserveUnknownFields',
          true,
          'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
        ),
      ]
    : [];
