/** Storage in this process's memory, for tests and for servers whose state may go with them. */
export { type MemoryStorage, type MemoryStorageOptions, memoryStorage } from './memory-storage.js';
