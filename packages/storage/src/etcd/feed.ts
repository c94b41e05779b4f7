/**
 * All watches of a storage, served by one watch of etcd on all of its keys.
 *
 * Every revision of etcd has an event, so a watch on all keys knows at any time how far it is: that is what its last event says. Whoever asks
 * for progress waits until the feed has come to the newest revision that any answer of etcd has shown, and nothing has to be asked. etcd's own
 * answers to requests for progress may overtake events, up to 3.4.24 and 3.5.7 (etcd-io/etcd#15220), and the reference uses them on newer
 * ones only; here the cache is consistent on all of them. It also costs etcd one watcher for each server instead of one for each resource.
 * What must stay true: the range is all keys, also those of others that share the etcd.
 *
 * A watch that begins in the past catches up on a stream of its own, until it has come to where the feed is.
 */
import { ExpiredError, type StorageEvent, type Watch, type WatchSink } from '../storage.js';
import type { EtcdClient } from './etcd-client.js';
import type { EtcdError } from './etcd-error.js';
import { ResumingStream } from './resuming-stream.js';

export interface FeedObserver {
  /** Sees all events, of all keys. */
  onEvents(events: readonly StorageEvent[]): void;
  onLost(error: EtcdError): void;
  onBack(): void;
}

/** One open watch, and how far it has been served. */
class FeedWatch implements Watch {
  isOpen = true;
  /** Whether it has a revision to begin from. */
  hasBegun = false;
  /** Everything up to here has been delivered. */
  seen = 0;
  /** While it catches up with the feed. */
  catchUp: ResumingStream | undefined = undefined;
  /** The revision that a progress report must have reached that was asked for. */
  wanted: number | undefined = undefined;

  constructor(
    readonly prefix: string,
    readonly sink: WatchSink,
    private readonly feed: Feed,
  ) {}

  close(): void {
    this.feed.forget(this);
  }

  requestProgress(): void {
    this.feed.progress(this);
  }

  take(events: readonly StorageEvent[], revision: number): void {
    const { seen, prefix } = this;
    if (revision <= seen) return;
    this.seen = revision;
    const news = events.filter((event) => event.revision > seen && event.key.startsWith(prefix));
    if (news.length > 0) this.call(() => this.sink.onEvents(news));
  }

  /** A sink that throws has lost an event and cannot be trusted with the next: its watch ends. */
  call(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(`the sink of a watch threw ${String(error)}`));
    }
  }

  fail(error: Error): void {
    if (!this.isOpen) return;
    this.close();
    try {
      this.sink.onError(error);
    } catch {
      // It was told that its watch is over; there is nobody else to tell.
    }
  }
}

export class Feed {
  readonly #watches = new Set<FeedWatch>();
  #stream: ResumingStream | undefined = undefined;

  constructor(
    private readonly client: EtcdClient,
    private readonly observer: FeedObserver,
  ) {}

  /** Opens a watch of what comes after a revision, which may have to be waited for. */
  watch(prefix: string, after: number | Promise<number>, sink: WatchSink): Watch {
    const watch = new FeedWatch(prefix, sink, this);
    this.#watches.add(watch);
    if (typeof after === 'number') {
      this.#begin(watch, after);
    } else {
      after.then(
        (revision) => this.#begin(watch, revision),
        (error: Error) => watch.fail(error),
      );
    }
    return watch;
  }

  progress(watch: FeedWatch): void {
    watch.wanted = this.client.known;
    this.#report(watch);
  }

  forget(watch: FeedWatch): void {
    watch.isOpen = false;
    watch.catchUp?.close();
    this.#watches.delete(watch);
    if (this.#watches.size === 0) this.#stop();
  }

  /** Ends all watches. */
  close(error: Error): void {
    for (const watch of this.#watches) watch.fail(error);
  }

  #begin(watch: FeedWatch, after: number): void {
    if (!watch.isOpen) return;
    watch.hasBegun = true;
    watch.seen = after;
    this.#join(watch);
    this.#report(watch);
  }

  /** Puts a watch under the feed, if it is not behind it. */
  #join(watch: FeedWatch): void {
    // A watch may begin in the future; the feed begins no later than what has been heard of.
    if (!this.#stream) this.#start(Math.min(watch.seen, this.client.known || watch.seen));
    if (watch.seen < this.#stream!.revision) {
      watch.catchUp ??= this.#catchUp(watch);
      return;
    }
    watch.catchUp?.close();
    watch.catchUp = undefined;
  }

  #catchUp(watch: FeedWatch): ResumingStream {
    return new ResumingStream(this.client, watch.seen, {
      onEvents: (events, revision) => {
        watch.take(events, revision);
        if (!watch.isOpen) return;
        this.#join(watch);
        this.#report(watch);
      },
      onEnd: (error) => watch.fail(error),
    });
  }

  #start(revision: number): void {
    this.#stream = new ResumingStream(this.client, revision, {
      onEvents: (events, reached) => this.#publish(events, reached),
      onEnd: (error) => this.#end(error),
      onLost: (error) => this.observer.onLost(error),
      onBack: () => this.observer.onBack(),
    });
  }

  #stop(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  #publish(events: readonly StorageEvent[], revision: number): void {
    this.observer.onEvents(events);
    // A set may be added to and deleted from while it is walked; a watch that joins is served from where it is.
    for (const watch of this.#watches) {
      if (!watch.hasBegun || watch.catchUp) continue;
      watch.take(events, revision);
      this.#report(watch);
    }
  }

  #report(watch: FeedWatch): void {
    const reached = this.#stream?.revision ?? 0;
    if (watch.wanted === undefined || !watch.isOpen || !watch.hasBegun || watch.catchUp || reached < watch.wanted) return;
    watch.wanted = undefined;
    watch.call(() => watch.sink.onProgress(reached));
  }

  /** The feed has lost its place. Watches that have seen all that is gone go on; to the others it is the end. */
  #end(error: ExpiredError | EtcdError): void {
    this.#stop();
    const left: FeedWatch[] = [];
    for (const watch of this.#watches) {
      if (!watch.hasBegun || watch.catchUp) continue;
      if (error instanceof ExpiredError && watch.seen >= error.compactedRevision) left.push(watch);
      else watch.fail(error);
    }
    for (const watch of left.sort((a, b) => a.seen - b.seen)) if (watch.isOpen) this.#join(watch);
  }
}
