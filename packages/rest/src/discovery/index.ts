/** What a server says of itself: discovery, version, OpenAPI. */
export { discovery, type DiscoveryOptions } from './discovery.js';
export { groupPriority } from './group-order.js';
export { openapiV2 } from './openapi/openapi-v2.js';
export { type OpenApiOptions, openapiV3, type RemoteDocuments } from './openapi/openapi-v3.js';
export type { SchemaMap, SchemaSource } from './openapi/schema-source.js';
export type { GroupVersionPriority, RemoteGroups, RemoteGroupVersion } from './remote-groups.js';
export { rootPaths, type RootPathsOptions } from './root-paths.js';
export { defaultVersion, version, type VersionInfo } from './version.js';
