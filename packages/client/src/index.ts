/** Calls webhooks and API servers. */
export * from './http-client.js';
export * from './object-client.js';
export * from './retry.js';
