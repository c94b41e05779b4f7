/** Keeps events and batches small (k8s.io/apiserver/plugin/pkg/audit/truncate). */
import { byteLength } from '@apiserver-kit/machinery';
import type { AuditBackend, LostEvents } from '../backend.js';
import { type AuditEvent, eventLine, sorted } from '../event.js';

export interface TruncateOptions {
  /** Of an event's JSON. Default 100 KiB. */
  readonly maxEventBytes?: number;
  /** Of all the events of a batch. Default 10 MiB. */
  readonly maxBatchBytes?: number;
  /** Told of events that were too large even without their objects. */
  readonly lost?: LostEvents;
}

/** Takes request and response out of events that are too large, and splits batches that are. */
export function truncated(backend: AuditBackend, { maxEventBytes = 100 << 10, maxBatchBytes = 10 << 20, lost }: TruncateOptions = {}): AuditBackend {
  const small = (event: AuditEvent): AuditEvent | undefined => {
    if (byteLength(eventLine(event)) <= maxEventBytes) return event;
    const bare = event.level === 'Request' || event.level === 'RequestResponse' ? withoutObjects(event) : event;
    if (bare !== event && byteLength(eventLine(bare)) <= maxEventBytes) return bare;
    lost?.('truncate', 1, new Error('event is too large even after truncating'));
    return undefined;
  };
  const close = (): Promise<void> => backend.close();
  return {
    name: `truncate<${backend.name}>`,
    process(events) {
      const kept = events.flatMap((event) => small(event) ?? []);
      const results = batchesOf(kept, maxBatchBytes).map((batch) => backend.process(batch));
      return results.some((result) => result instanceof Promise) ? Promise.all(results).then((all) => all.every(Boolean)) : results.every(Boolean);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function withoutObjects({ requestObject: _, responseObject: __, ...event }: AuditEvent): AuditEvent {
  return { ...event, annotations: sorted({ ...event.annotations, 'audit.k8s.io/truncated': 'true' }) };
}

function batchesOf(events: readonly AuditEvent[], maxBytes: number): AuditEvent[][] {
  const batches: AuditEvent[][] = [];
  let size = 0;
  for (const event of events) {
    const bytes = byteLength(eventLine(event));
    if (batches.length === 0 || size + bytes > maxBytes) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)!.push(event);
    size += bytes;
  }
  return batches;
}
