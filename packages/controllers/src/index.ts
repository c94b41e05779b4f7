/** The loops an API server needs to be a whole one. */
export type { ApiClient, ApiRequestOptions } from './api-client.js';
export * from './cluster-role-aggregation.js';
export * from './controller.js';
export * from './default-namespaces.js';
export { type GarbageCollector, type GarbageCollectorOptions, garbageCollector } from './garbage-collection/index.js';
export { namespaceDeletion, type NamespaceDeletionOptions } from './namespace-deletion/index.js';
export * from './rbac-bootstrap.js';
export * from '@apiserver-kit/client/work-queue';
