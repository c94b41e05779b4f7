/** One watch of etcd on all keys: fragments put together, events as the storage tells them. */
import { ExpiredError, type StorageEvent } from '../storage.js';
import { type EtcdClient, type IEvent, type IWatchResponse, revisionOf, ownValue } from './etcd-client.js';
import { EtcdError, etcdError } from './etcd-error.js';
import { everything } from './range.js';

export interface WatchStreamSink {
  /** etcd has taken the watch. */
  onCreated?(): void;
  /** Events in order, whole revisions; nothing has happened up to `revision` that has not been told. */
  onEvents(events: readonly StorageEvent[], revision: number): void;
  /** The watch has ended: ExpiredError where etcd has no history from there; EtcdError for all else. */
  onEnd(error: ExpiredError | EtcdError): void;
}

/**
 * Watches all keys after a revision. etcd is asked for that revision too, although it has been seen: it refuses one that has been compacted,
 * but not the one after it, of which a deletion may be missing.
 *
 * @returns what ends it; the sink is not called afterwards.
 */
export function openWatchStream(client: EtcdClient, afterRevision: number, sink: WatchStreamSink): () => void {
  let pieces: IEvent[] = [];
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    cancel();
  };
  const end = (error: ExpiredError | EtcdError): void => {
    if (!isOpen) return;
    close();
    sink.onEnd(error);
  };
  const deliver = (events: readonly IEvent[], headRevision: number): void => {
    const news = events.filter(({ kv }) => revisionOf(kv) > afterRevision);
    const gap = news.find(hasLostPrevious);
    if (gap) end(new ExpiredError(revisionOf(gap.kv)));
    else sink.onEvents(news.map(eventOf), reachedBy(events, headRevision));
  };
  const take = (response: IWatchResponse): void => {
    const ending = endingOf(response);
    if (ending) {
      end(ending);
    } else if (response.created) {
      sink.onCreated?.();
    } else {
      pieces = pieces.length === 0 ? response.events : pieces.concat(response.events);
      if (response.fragment) return;
      const whole = pieces;
      pieces = [];
      deliver(whole, Number(response.header.revision));
    }
  };
  const cancel = client.watch(
    { ...everything, start_revision: Math.max(afterRevision, 1), prev_kv: true, fragment: true, progress_notify: true },
    { onResponse: (response) => isOpen && take(response), onBroken: end },
  );
  return close;
}

/** An answer with events says nothing of what comes after them; one without is a report of progress. */
const reachedBy = (events: readonly IEvent[], headRevision: number): number => {
  const last = events.at(-1);
  return last ? revisionOf(last.kv) : headRevision;
};

/** A change cannot say what was there before where that has been compacted away. */
const hasLostPrevious = ({ type, kv, prev_kv }: IEvent): boolean => !prev_kv && (type === 'Delete' || Number(kv.version) > 1);

function eventOf({ type, kv, prev_kv }: IEvent): StorageEvent {
  const isDeletion = type === 'Delete';
  const prevValue = prev_kv ? ownValue(prev_kv) : undefined;
  return {
    type: isDeletion ? 'delete' : 'put',
    key: kv.key.toString(),
    value: isDeletion ? prevValue! : ownValue(kv),
    prevValue,
    prevRevision: prev_kv ? revisionOf(prev_kv) : 0,
    revision: revisionOf(kv),
  };
}

/** Why etcd has ended the watch, if it has. */
function endingOf({ canceled, compact_revision, ...response }: IWatchResponse): ExpiredError | EtcdError | undefined {
  if (Number(compact_revision) > 0) return new ExpiredError(Number(compact_revision));
  if (!canceled) return undefined;
  const { cancel_reason: reason = 'it does not say why' } = response as { cancel_reason?: string };
  if (/permission denied|invalid auth token/i.test(reason)) return etcdError('the watch', { code: 7, details: reason });
  return new EtcdError(`etcd has ended a watch: ${reason}`, 14, reason);
}

/** The revision that etcd has been compacted to, given one of which it has said that it is gone. */
export function askCompactedRevision(client: EtcdClient, compacted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const close = openWatchStream(client, compacted, {
      onEvents: () => {
        close();
        reject(new EtcdError(`etcd has history of revision ${compacted}, which it has said to be compacted`, 13, ''));
      },
      onEnd: (error) => (error instanceof ExpiredError ? resolve(error.compactedRevision) : reject(error)),
    });
  });
}
