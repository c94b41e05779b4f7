/** A cache over any Storage that serves get, list and watch from memory. */
export * from './cache-event.js';
export * from './cacher.js';
export { Entry, type FieldsOf, rememberPrinted, type SelectableFields } from './entry.js';
export * from './selection.js';
export * from './watcher.js';
