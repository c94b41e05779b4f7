/** Calls webhooks and API servers. */
export { goTransportError } from './go-transport-error.js';
export * from './http-client.js';
export * from './object-client.js';
export * from './retry.js';
