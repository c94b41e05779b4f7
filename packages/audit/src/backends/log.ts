/** Writes events to a file, a line each (k8s.io/apiserver/plugin/pkg/audit/log). */
import type { AuditBackend, LostEvents } from '../backend.js';
import { type AuditEvent, eventLine, legacyLine } from '../event.js';

export interface LogOptions {
  /** `--audit-log-format`. Default `json`. */
  readonly format?: 'json' | 'legacy';
  /** Told of events that could not be written. */
  readonly lost?: LostEvents;
}

/** Where lines go: a {@link RotatingFile}, or the standard output. */
export interface LineWriter {
  /** @throws Error when they could not be written. */
  write(lines: readonly string[]): void;
  close?(): Promise<void>;
}

/**
 * Writes a line for each event. The events of one turn of the event loop are written together, by one call; whoever waits, waits for that.
 */
export function logBackend(writer: LineWriter, { format = 'json', lost }: LogOptions = {}): AuditBackend {
  const lineOf = format === 'json' ? eventLine : legacyLine;
  let pending: AuditEvent[] = [];
  let flushing: Promise<boolean> | undefined;

  const flush = (): boolean => {
    const events = pending;
    pending = [];
    flushing = undefined;
    if (events.length === 0) return true;
    try {
      writer.write(events.map(lineOf));
      return true;
    } catch (error) {
      lost?.('log', events.length, error);
      return false;
    }
  };
  const close = async (): Promise<void> => {
    flush();
    await writer.close?.();
  };
  return {
    name: 'log',
    process(events) {
      pending.push(...events);
      return (flushing ??= new Promise((resolve) => setImmediate(() => resolve(flush()))));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Lines to the standard output: `--audit-log-path=-`. */
export const standardOutput: LineWriter = { write: (lines) => void process.stdout.write(lines.join('')) };
