/** What a server is made of besides its handler: listeners, certificates, health, metrics, and ways to call it. */
export * from './certs/index.js';
export * from './kubeconfig.js';
export * from './listener/index.js';
export * from './health/index.js';
export * from './metrics/index.js';
export * from './fetch.js';
export * from './in-process.js';
