/** What a server says of itself: discovery, version, OpenAPI. */
export { discovery, type DiscoveryOptions } from './discovery.js';
export { rootPaths, type RootPathsOptions } from './root-paths.js';
export { defaultVersion, version, type VersionInfo } from './version.js';
