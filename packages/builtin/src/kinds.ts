/** What is known of the built-in kinds, as pure functions: types, defaults, rules, tables, schemas. A server loads this with the first request. */
export { defaultBuiltin } from './defaults/default-builtin.js';
export { imageTag } from './defaults/image-tag.js';
export { podQosClass } from './defaults/pod-qos.js';
export { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './defaults/prepare.js';
export { openapiV2Definitions, openapiV3Schemas } from './openapi/openapi.js';
export type { Dialect, GroupVersionKindExtension, OpenApiSchema } from './openapi/schema.js';
export type { Cell } from './tables/cells.js';
export { humanDuration } from './tables/human-duration.js';
export type { TableRowCondition } from './tables/pod-cells.js';
export { type BuiltinColumn, tableColumns, tableRow, tableRowConditions } from './tables/tables.js';
export { type Decoded, decodeBuiltin, DecodeError } from './types/decode.js';
export { eventFromCore, eventToCore } from './types/event-versions.js';
export { builtinMergeType } from './types/merge-type.js';
export { builtinPatchMeta } from './types/patch-meta.js';
export { type FieldType, isAtomicType, type ScalarType, type TypeField, typeFields, typeOf } from './types/type-data.js';
export { validateBuiltin } from './validate/validate-builtin.js';
export { validateStatus } from './validate/status.js';
export { podWarnings } from './warnings/pod-warnings.js';
