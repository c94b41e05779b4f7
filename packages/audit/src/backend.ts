/** Where events go. */
import type { AuditEvent } from './event.js';

/** Keeps events. */
export interface AuditBackend extends AsyncDisposable {
  /** As in the metric `apiserver_audit_error_total`. */
  readonly name: string;
  /**
   * Takes events, in order.
   * @returns false when they could not be kept, and the request must not go on. Never throws or rejects.
   */
  process(events: readonly AuditEvent[]): boolean | Promise<boolean>;
  /** Keeps what it has taken, and ends. */
  close(): Promise<void>;
}

/** Told of events that were lost, and why: for the log and the metric. */
export type LostEvents = (backend: string, count: number, error: unknown) => void;

/** How a backend stands to requests: `--audit-log-mode`, `--audit-webhook-mode`. */
export type AuditMode = 'batch' | 'blocking' | 'blocking-strict';

/** All backends as one. */
export function allBackends(backends: readonly AuditBackend[]): AuditBackend {
  if (backends.length === 1) return backends[0]!;
  const close = async (): Promise<void> => {
    await Promise.all(backends.map((backend) => backend.close()));
  };
  return {
    name: `union[${backends.map(({ name }) => name).join(',')}]`,
    process(events) {
      const results = backends.map((backend) => backend.process(events));
      const isWaiting = results.some((result) => result instanceof Promise);
      return isWaiting ? Promise.all(results).then((all) => all.every(Boolean)) : results.every(Boolean);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Requests wait for the backend, and go on whether it could keep their events or not. */
export function ignoringErrors(backend: AuditBackend): AuditBackend {
  const close = (): Promise<void> => backend.close();
  return {
    name: `ignoreErrors<${backend.name}>`,
    process(events) {
      const result = backend.process(events);
      return result instanceof Promise ? result.then(() => true) : true;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
