/** Backends as kube-apiserver's flags describe them (k8s.io/apiserver/pkg/server/options/audit.go). */
import type { Clock } from '@apiserver-kit/machinery';
import { type AuditBackend, type AuditMode, ignoringErrors, type LostEvents } from '../backend.js';
import { type BatchOptions, batched, logBatchDefaults } from './batched.js';
import { logBackend, standardOutput } from './log.js';
import { RotatingFile } from './rotating-file.js';
import { truncated } from './truncated.js';
import { webhookBackendFromFile } from './webhook.js';

/** What the log and the webhook have in common; `--audit-log-…`, `--audit-webhook-…`. */
interface BackendFlags {
  readonly mode?: AuditMode;
  /** `-batch-…`; without `-batch-throttle-enable`, `throttleQps` is undefined. Only in the mode `batch`. */
  readonly batch?: Pick<BatchOptions, 'bufferSize' | 'maxBatchSize' | 'maxBatchWaitMs' | 'throttleQps' | 'throttleBurst'>;
  /** `-truncate-…`; undefined without `-truncate-enabled`. */
  readonly truncate?: { readonly maxEventBytes?: number; readonly maxBatchBytes?: number };
}

export interface AuditLogFlags extends BackendFlags {
  /** `-` for the standard output. */
  readonly path: string;
  readonly format?: 'json' | 'legacy';
  /** Megabytes. Default 100; 0: never full. */
  readonly maxSize?: number;
  /** Default 100; 0: all. */
  readonly maxBackup?: number;
  /** Days. Default 366; 0: for ever. */
  readonly maxAge?: number;
  readonly compress?: boolean;
}

export interface AuditWebhookFlags extends BackendFlags {
  /** A kubeconfig. */
  readonly configFile: string;
  /** Default 10 s. */
  readonly initialBackoffMs?: number;
}

export interface AuditFlags {
  readonly log?: AuditLogFlags;
  readonly webhook?: AuditWebhookFlags;
}

export interface ConfiguredBackendsOptions {
  /** Told of events that were lost. */
  readonly lost?: LostEvents;
  /** Told what could not be done with old files. */
  readonly warn?: (message: string, error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Makes the backends.
 * @throws Error for a value that cannot be, or a file that cannot be used.
 */
export function configuredBackends({ log, webhook }: AuditFlags, { lost, warn, clock }: ConfiguredBackendsOptions = {}): AuditBackend[] {
  const errors = auditFlagErrors({ log, webhook });
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`);
  const wrapped = (backend: AuditBackend, { mode, batch, truncate }: BackendFlags, defaults: BatchOptions): AuditBackend => {
    const inMode = mode === 'batch' ? batched(backend, { ...defaults, ...batch, clock, lost }) : mode === 'blocking-strict' ? backend : ignoringErrors(backend);
    return truncate === undefined ? inMode : truncated(inMode, { ...truncate, lost });
  };
  const backends: AuditBackend[] = [];
  if (log !== undefined) {
    const { path, format, maxSize = 100, maxBackup = 100, maxAge = 366, compress, mode = 'blocking' } = log;
    const writer =
      path === '-' ? standardOutput : new RotatingFile(path, { maxBytes: maxSize * 2 ** 20, maxBackups: maxBackup, maxAgeDays: maxAge, compress, clock, warn });
    backends.push(wrapped(logBackend(writer, { format, lost }), { ...log, mode }, logBatchDefaults));
  }
  if (webhook !== undefined) {
    const { configFile, initialBackoffMs = 10_000, mode = 'batch' } = webhook;
    backends.push(wrapped(webhookBackendFromFile(configFile, { backoff: { initialMs: initialBackoffMs }, clock, lost }), { ...webhook, mode }, {}));
  }
  return backends;
}

const modes: readonly string[] = ['batch', 'blocking', 'blocking-strict'] satisfies AuditMode[];
const formats: readonly string[] = ['legacy', 'json'];

/** What is wrong with the values, a line each. */
export function auditFlagErrors({ log, webhook }: AuditFlags): string[] {
  const errors: string[] = [];
  if (log !== undefined) {
    const { format = 'json', maxAge = 0, maxBackup = 0, maxSize = 0 } = log;
    errors.push(...backendErrors('log', log));
    if (!formats.includes(format)) errors.push(`invalid audit log format ${format}, allowed formats are "${formats.join(',')}"`);
    for (const [flag, value] of Object.entries({ maxage: maxAge, maxbackup: maxBackup, maxsize: maxSize }))
      if (value < 0) errors.push(`--audit-log-${flag} ${value} can't be a negative number`);
  }
  if (webhook !== undefined) errors.push(...backendErrors('webhook', webhook));
  return errors;
}

function backendErrors(name: string, { mode, batch = {}, truncate }: BackendFlags): string[] {
  const errors: string[] = [];
  if (mode !== undefined && !modes.includes(mode)) errors.push(`invalid audit ${name} mode ${mode}, allowed modes are "${modes.join(',')}"`);
  else if (mode === 'batch' || (mode === undefined && name === 'webhook')) errors.push(...batchErrors(name, batch));
  const { maxEventBytes = 100 << 10, maxBatchBytes = 10 << 20 } = truncate ?? {};
  if (maxEventBytes <= 0) errors.push(`invalid audit truncate ${name} max event size ${maxEventBytes}, must be a positive number`);
  else if (maxBatchBytes < maxEventBytes)
    errors.push(`invalid audit truncate ${name} max batch size ${maxBatchBytes}, must be greater than max event size (${maxEventBytes})`);
  return errors;
}

/** The first that is wrong. */
function batchErrors(name: string, { bufferSize = 1, maxBatchSize = 1, throttleQps = 1, throttleBurst = 1 }: BatchOptions): string[] {
  const values = { 'buffer size': bufferSize, 'max batch size': maxBatchSize, 'throttle QPS': throttleQps, 'throttle burst': throttleBurst };
  const wrong = Object.entries(values).find(([, value]) => value <= 0);
  return wrong === undefined ? [] : [`invalid audit batch ${name} ${wrong[0]} ${wrong[1]}, must be a positive number`];
}
