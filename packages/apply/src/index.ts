/** Server-side apply: structured merge, managedFields and the ownership of fields, as pure functions over JSON objects. */
export { type ApplyOptions, type FieldManager, type FieldManagerOptions, fieldManager } from './field-manager.js';
export { anyElement, excluding, type FieldFilter, FieldSet, FieldSetBuilder, including } from './field-set.js';
export { type FieldsV1, printFieldsV1, readFieldsV1 } from './fields-v1.js';
export { type ManagedFields, managerId, type OwnedFields, printManagedFields, readManagedFields } from './managed-fields.js';
export {
  deduced,
  listOf,
  type ListMergeType,
  mapOf,
  type MapMergeType,
  type MergeField,
  type MergeType,
  type ScalarKind,
  scalars,
  structOf,
  untypedAtomic,
} from './merge-type.js';
export { objectMeta } from './object-meta.js';
export { type FieldPath, FieldsV1Error, keyElement, memberElement, type PathElement, pathText, valueElement } from './path-element.js';
export { schemaType, type SchemaTypeOptions } from './schema-type.js';
export { type StructFieldRow, type StructRows, structTypes } from './struct-type.js';
export { type ReplicasPaths, managedFieldsFromScale, scaleManagedFields } from './scale.js';
export { keepTimes } from './timestamps.js';
export { managerName } from './manager-name.js';
export type { MaybePromise } from './run-steps.js';
