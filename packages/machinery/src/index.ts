/** Kubernetes API conventions as data and pure functions. */
export * from './clock.js';
export * from './field-path.js';
export * from './go-text.js';
export * from './gvk.js';
export { parseJson, stringifyJson } from './json.js';
export * from './object.js';
export * from './status.js';
