/** Whether a server is alive and ready. */
export { type HealthCheck, healthCheck, logCheck, type PostStartHook, pingCheck, postStartHook, shutdownCheck } from './check.js';
export { type AddCheckOptions, type HealthChecks, type HealthEndpoint, type HealthOptions, healthChecks } from './registry.js';
