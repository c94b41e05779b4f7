/** Admission without a server, for unit tests of policies, webhooks and plugins. */
export type { JsonChange } from '../json-diff.js';
export * from './kit.js';
export type { Manifests } from './manifests.js';
