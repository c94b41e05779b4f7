/** What a server is made of besides its handler: listeners, certificates, health, metrics, and ways to call it. */
export * from './api-server.js';
export type { AggregationOptions } from './assembly/aggregation.js';
export type { AuthorizationMode } from './assembly/authorizer.js';
export { serverFilters, type ChainParts } from './assembly/chain.js';
export { atPath, routes } from './assembly/routes.js';
export * from './certs/index.js';
export * from './kubeconfig.js';
export * from './listener/index.js';
export * from './health/index.js';
export * from './metrics/index.js';
export * from './fetch.js';
export * from './in-process.js';
