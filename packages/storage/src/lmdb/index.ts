/** Storage on this machine's disk, in an embedded database: durable when a write's promise resolves. */
export { DatabaseInUseError } from './environment.js';
export { type LmdbStorage, type LmdbStorageOptions, lmdbStorage } from './lmdb-storage.js';
