/** The policy and the backends of the audit flags. */
import { batched, ignoringErrors, logBackend, parseAuditPolicy, RotatingFile, standardOutput, webhookBackendFromFile } from '@apiserver-kit/audit';
import type { Clock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import { readFileSync } from 'node:fs';
import type { AuditFiles } from '../command/assembly.js';
import type { ServerAuditOptions } from './audit.js';

/**
 * Reads the policy, and opens the log.
 * @throws Error when the policy is not one, or the log cannot be opened.
 */
export function openAudit({ policyFile, logPath, webhookConfigFile, ...log }: AuditFiles, tell: ErrorLog, clock?: Clock): ServerAuditOptions {
  const lost = (backend: string, count: number, error: unknown): void => tell(`${count} audit events were lost by the ${backend}`, error);
  const policy = parseAuditPolicy(readFileSync(policyFile, 'utf8'), { warn: (text) => tell(text, undefined) });
  const backends = [];
  if (logPath !== undefined) {
    const { maxBytes, maxBackups, maxAgeDays } = log;
    const writer = logPath === '-' ? standardOutput : new RotatingFile(logPath, { maxBytes, maxBackups, maxAgeDays, clock, warn: tell });
    backends.push(ignoringErrors(logBackend(writer, { lost })));
  }
  if (webhookConfigFile !== undefined) backends.push(batched(webhookBackendFromFile(webhookConfigFile, { clock, lost }), { clock, lost }));
  return { policy, backends };
}
