/** Versioned key-value storage for API objects. Backends are subpaths: `@apiserver-kit/storage/memory`, `…/lmdb`, `…/etcd`. */
export * from './storage.js';
export { sortKey } from './keys.js';
