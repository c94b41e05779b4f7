/** Kubernetes API conventions as data and pure functions. */
export * from './clock.js';
export * from './field-path.js';
export * from './field-selector.js';
export * from './go-text.js';
export * from './gvk.js';
export { parseJson, stringifyJson } from './json.js';
export * from './label-requirement.js';
export * from './label-selector.js';
export * from './list-options.js';
export * from './name-generator.js';
export * from './names.js';
export * from './object.js';
export * from './object-meta-validation.js';
export * from './query-values.js';
export * from './selector-error.js';
export * from './status.js';
