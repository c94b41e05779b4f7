/** One resource as HTTP: verbs, watch streams, tables, partial metadata, discovery. */
export * from './api-registry.js';
export * from './discovery/index.js';
export * from './environment.js';
export { maxBodyBytes } from './negotiation/body.js';
export type { LoadProtobuf, ProtobufCodec } from './negotiation/protobuf.js';
export { negotiate, type Representation } from './negotiation/accept.js';
export * from './resource-handler.js';
export { respondBytes, respondObject } from './respond/respond.js';
export * from './served-resource.js';
export * from './store/resource-store.js';
export * from './table/human-duration.js';
export * from './table/table.js';
export { markedAsDeleting } from './verbs/delete-object.js';
export { foregroundFinalizer, orphanFinalizer } from './verbs/deletion-finalizers.js';
export type { DeleteOptions, GivenDeleteOptions } from './verbs/write-options.js';
