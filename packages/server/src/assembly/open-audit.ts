/** The policy and the backends of the audit flags. */
import { type AuditFlags, configuredBackends, parseAuditPolicy } from '@apiserver-kit/audit';
import type { Clock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import { readFileSync } from 'node:fs';
import type { ServerAuditOptions } from './audit.js';

/** `--audit-*`: the policy's file, and where events go. */
export interface AuditFiles extends AuditFlags {
  readonly policyFile: string;
}

/**
 * Reads the policy, and opens the log.
 * @throws Error when the policy is not one, or the log cannot be opened.
 */
export function openAudit({ policyFile, ...flags }: AuditFiles, tell: ErrorLog, clock?: Clock): ServerAuditOptions {
  const lost = (backend: string, count: number, error: unknown): void => tell(`${count} audit events were lost by the ${backend}`, error);
  const policy = parseAuditPolicy(readFileSync(policyFile, 'utf8'), { warn: (text) => tell(text, undefined) });
  return { policy, backends: configuredBackends(flags, { lost, warn: tell, clock }) };
}
