/** Who waits when a server has too much to do: priority and fairness, or plain max-in-flight. */
export * from './bootstrap.js';
export { flowControlDebug } from './debug.js';
export { type Classification, FlowControl, type FlowControlObserver, type FlowControlOptions, type SchemaStatusUpdate } from './levels/flow-control.js';
export type { PriorityLevel } from './levels/priority-level.js';
export { schemaMatches } from './matching.js';
export * from './max-in-flight.js';
export * from './objects.js';
export * from './priority-and-fairness.js';
export type { RejectReason } from './queues/queue-set.js';
export * from './reconcile.js';
export type { WorkEstimate } from './work/estimate.js';
export { estimateWork, type ObjectStatsOf } from './work/index.js';
export type { ObjectStats } from './work/list-seats.js';
