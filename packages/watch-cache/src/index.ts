/** A cache over any Storage that serves get, list and watch from memory. */
export * from './cache-event.js';
export { Cacher, type CacherOptions, type WatchStart } from './cacher.js';
export * from './follow.js';
export { Entry, type FieldsOf, rememberPrinted, type SelectableFields } from './entry.js';
export type { CacheList, CacheListOptions } from './list.js';
export * from './selection.js';
export type { State } from './state.js';
export type { Watcher, WatchReceiver } from './watcher.js';
