/** Structural schemas: validate, prune, default and convert to OpenAPI. */
export type { ExternalDocumentation, JSONSchemaProps, ValidationRule } from './structural/json-schema-props.js';
export { type StructuralSchema, type StructuralSchemaOptions, type StructuralSchemaResult, structuralSchema } from './structural/structural-schema.js';
export { type PruneOptions, prune } from './objects/prune.js';
export { applyDefaults, pruneNulls } from './objects/default.js';
export { validateListTypes } from './objects/list-types.js';
export { type CoerceOptions, type CoerceResult, coerceEmbedded } from './embedded/coerce.js';
export { type DecodeOptions, decodeObjectMeta } from './embedded/object-meta.js';
export { type ValidateEmbeddedOptions, validateEmbedded } from './embedded/validate.js';
export { Correlation } from './validation/correlation.js';
export { type SchemaValidator, type ValidatorOptions, compileValidator } from './validation/validator.js';
export { type FormatCheck, formatCheck } from './formats/formats.js';
export { type Regexp, compileRegexp, regexpError } from './regexp.js';
export { type OpenAPISchema, toOpenAPIv2, toOpenAPIv3 } from './openapi/to-openapi.js';
export { type OpenAPIVersion, type PublishedResource, crdOpenAPISchemas, schemaName } from './openapi/crd-schemas.js';
export { type ValidateDefaultsOptions, validateDefaults, withPrunedDefaults } from './objects/default-validation.js';
export { sortedMembers } from './validation/go-values.js';
