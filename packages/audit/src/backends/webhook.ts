/** Posts events to a webhook (k8s.io/apiserver/plugin/pkg/audit/webhook). */
import { type Backoff, type ObjectTarget, retry } from '@apiserver-kit/client';
import { kubeconfigTarget, readKubeconfig } from '@apiserver-kit/client/kubeconfig';
import type { Clock } from '@apiserver-kit/machinery';
import type { AuditBackend, LostEvents } from '../backend.js';
import { type AuditEvent, eventLine } from '../event.js';

export interface WebhookOptions {
  /** Default: five attempts, the second after ten seconds (`--audit-webhook-initial-backoff`). */
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Told of events that the webhook did not take. */
  readonly lost?: LostEvents;
}

/** Sends the JSON of an EventList. @throws Error when it was not taken. */
export type EventSender = (eventList: string, signal: AbortSignal) => Promise<void>;

/** Posts to the target's URL: any answer of success will do. */
const poster =
  ({ url, client, headers }: ObjectTarget): EventSender =>
  async (body, signal) => {
    const sent = { accept: 'application/json, */*', 'user-agent': 'apiserver-kit', 'content-type': 'application/json', ...headers?.() };
    const { status, statusLine } = await client.request({ method: 'POST', url, headers: sent, body, signal });
    if (status < 200 || status > 206) throw new Error(`the webhook answered ${statusLine}`);
  };

/**
 * Posts events as an EventList, and tries again after whatever failure: there is hardly one that will not pass. To be used behind
 * {@link batched}, or requests wait for the webhook.
 */
export function webhookBackend(target: ObjectTarget | EventSender, { backoff, clock, random, lost }: WebhookOptions = {}): AuditBackend {
  const send = typeof target === 'function' ? target : poster(target);
  const closing = new AbortController();
  const close = async (): Promise<void> => {
    closing.abort(new Error('the audit backend is closed'));
    if (typeof target !== 'function') await target.client.close();
  };
  return {
    name: 'webhook',
    async process(events) {
      const list = eventList(events);
      const { signal } = closing;
      try {
        await retry(() => send(list, signal), { initialMs: 10_000, ...backoff, shouldRetry: () => true, signal, clock, random });
        return true;
      } catch (error) {
        lost?.('webhook', events.length, error);
        return false;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The webhook of a kubeconfig (`--audit-webhook-config-file`). @throws Error when the file cannot be used. */
export const webhookBackendFromFile = (path: string, options: WebhookOptions = {}): AuditBackend =>
  webhookBackend(kubeconfigTarget(readKubeconfig(path, { clock: options.clock })), options);

/** Events were printed before, for other backends or to know their size. */
const eventList = (events: readonly AuditEvent[]): string =>
  `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.map((event) => eventLine(event).trimEnd()).join(',')}]}`;
