/** Structural schemas: validate, prune, default and convert to OpenAPI. */
export type { ExternalDocumentation, JSONSchemaProps, ValidationRule } from './structural/json-schema-props.js';
export { type StructuralSchema, type StructuralSchemaOptions, type StructuralSchemaResult, structuralSchema } from './structural/structural-schema.js';
export { type PruneOptions, prune } from './objects/prune.js';
export { applyDefaults, pruneNulls } from './objects/default.js';
export { type SchemaValidator, type ValidatorOptions, compileValidator } from './validation/validator.js';
export { type FormatCheck, formatCheck } from './formats/formats.js';
