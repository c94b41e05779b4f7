/** Who did what, and when: the policy, the filters, and the backends that keep events. */
export * from './audit.js';
export * from './audit-init.js';
export * from './backend.js';
export * from './backends/batched.js';
export * from './backends/configured.js';
export * from './backends/log.js';
export * from './backends/rotating-file.js';
export * from './backends/truncated.js';
export * from './backends/webhook.js';
export type { AuditEvent, AuditObjectReference, AuditStatus, AuditUser } from './event.js';
export { parseAuditPolicy, type ParsePolicyOptions, validatePolicy } from './parse-policy.js';
export * from './policy.js';
export { type BodyDecoder, decodeJsonBody } from './trail.js';
