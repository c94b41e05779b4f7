/** Material of this package's tests. */
import { type ApiRequest, createContext, type RequestContext, requestInfoOf, type UserInfo } from '@apiserver-kit/pipeline';
import type { AuditBackend } from './backend.js';
import type { AuditEvent } from './event.js';

export const jane: UserInfo = { name: 'jane', groups: ['dev'], extra: { b: ['2'], a: ['1'] } };

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly user?: UserInfo;
}

export function contextOf(target: string, { method = 'GET', headers = {}, body = '', user = jane }: Asked = {}): RequestContext {
  const [path, rawQuery = ''] = target.split('?') as [string, string?];
  const request = { method, path, rawQuery, headers, remoteAddress: '10.0.0.1', body: async () => Buffer.from(body) };
  const ctx = createContext(request as unknown as ApiRequest);
  ctx.info = requestInfoOf(method, path, () => ctx.query);
  ctx.user = user;
  ctx.receivedAt = Date.UTC(2026, 0, 1);
  ctx.audit = { id: 'id-1', annotations: {} };
  return ctx;
}

export interface MemoryBackend extends AuditBackend {
  readonly events: AuditEvent[];
  /** As they were handed over. */
  readonly batches: (readonly AuditEvent[])[];
}

/** Keeps events where a test can see them; `answer` says whether it could. */
export function memoryBackend(answer: () => boolean | Promise<boolean> = () => true): MemoryBackend {
  const events: AuditEvent[] = [];
  const batches: (readonly AuditEvent[])[] = [];
  return {
    name: 'memory',
    events,
    batches,
    process(batch) {
      batches.push(batch);
      events.push(...batch);
      return answer();
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

export const event = (given: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: 'id-1',
  stage: 'ResponseComplete',
  requestURI: '/api',
  verb: 'get',
  user: { username: 'jane' },
  requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
  stageTimestamp: '2026-01-01T00:00:00.000000Z',
  ...given,
});
