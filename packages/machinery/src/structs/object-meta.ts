/** Rows for structs, and those of the metadata that all objects have (k8s.io/apimachinery/pkg/apis/meta/v1). */
import type { FieldType, StructField } from './struct-types.js';

type More = Omit<StructField, 'name' | 'type'>;

export const structField = (name: string, type: FieldType, more: More = {}): StructField => ({ name, type, ...more });
/** Fields that are printed only when something is in them. */
export const optionalFields = (type: FieldType, ...names: string[]): StructField[] => names.map((name) => structField(name, type, { optional: true }));
/** Fields of which nothing and a zero are told apart. */
export const pointerFields = (type: FieldType, ...names: string[]): StructField[] =>
  names.map((name) => structField(name, type, { optional: true, pointer: true }));

const listOf = (type: FieldType): FieldType => ({ list: type });
const meta = 'meta.v1';

/** ObjectMeta and what is in it, by name: `meta.v1.ObjectMeta`. */
export const objectMetaStructs: Readonly<Record<string, readonly StructField[]>> = {
  [`${meta}.ObjectMeta`]: [
    ...optionalFields('string', 'name', 'generateName', 'namespace', 'selfLink'),
    structField('uid', 'string', { optional: true, go: 'types.UID' }),
    ...optionalFields('string', 'resourceVersion'),
    ...optionalFields('int64', 'generation'),
    structField('creationTimestamp', 'time', { optional: true, omitZero: true }),
    ...pointerFields('time', 'deletionTimestamp'),
    ...pointerFields('int64', 'deletionGracePeriodSeconds'),
    ...optionalFields({ map: 'string' }, 'labels', 'annotations'),
    structField('ownerReferences', listOf({ ref: `${meta}.OwnerReference` }), { optional: true, patchStrategy: 'merge', patchMergeKey: 'uid' }),
    structField('finalizers', listOf('string'), { optional: true, patchStrategy: 'merge' }),
    ...optionalFields(listOf({ ref: `${meta}.ManagedFieldsEntry` }), 'managedFields'),
  ],
  [`${meta}.OwnerReference`]: [
    structField('apiVersion', 'string'),
    structField('kind', 'string'),
    structField('name', 'string'),
    structField('uid', 'string', { go: 'types.UID' }),
    ...pointerFields('boolean', 'controller', 'blockOwnerDeletion'),
  ],
  [`${meta}.ManagedFieldsEntry`]: [
    ...optionalFields('string', 'manager'),
    structField('operation', 'string', { optional: true, go: 'v1.ManagedFieldsOperationType' }),
    ...optionalFields('string', 'apiVersion'),
    ...pointerFields('time', 'time'),
    ...optionalFields('string', 'fieldsType'),
    structField('fieldsV1', 'any', { optional: true, pointer: true, go: 'v1.FieldsV1' }),
    ...optionalFields('string', 'subresource'),
  ],
};
