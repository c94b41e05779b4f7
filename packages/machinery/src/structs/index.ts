/** Types of Go structs, driven by data: reading JSON as Go would, and patching it. */
export { structBinaryFields, type WithBinaryFields } from './binary-fields.js';
export { type DecodeStruct, type Decoded, structDecoder } from './decode.js';
export { canonicalTime, DecodeError } from './go-time.js';
export { objectMetaStructs, optionalFields, pointerFields, structField } from './object-meta.js';
export { type StructPatchMeta, structPatchMeta } from './patch-meta.js';
export * from './struct-types.js';
