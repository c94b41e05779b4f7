/** One resource as HTTP: verbs, watch streams, tables, partial metadata, discovery. */
export * from './api-registry.js';
export * from './served-resource.js';
export * from './store/resource-store.js';
export * from './table/table.js';
