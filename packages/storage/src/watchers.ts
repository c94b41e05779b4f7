import { ClosedError, type StorageEvent, type Watch, type WatchSink } from './storage.js';

/** One open watch: what it asks for, and how far it has been served. */
class Watcher implements Watch {
  isOpen = true;

  constructor(
    readonly prefix: string,
    readonly sink: WatchSink,
    /** The newest revision it has been served up to. */
    public seen: number,
    readonly owner: Watchers,
  ) {}

  close(): void {
    this.owner.forget(this);
  }

  requestProgress(): void {
    this.owner.progress(this);
  }
}

/**
 * The open watches of a backend that lives in this process.
 *
 * Each watch has events in order and once, even when a sink writes while it is being served: the write's events are then given to every
 * watch together with those that it has not seen yet, and the interrupted round finds nothing left to do.
 */
export class Watchers {
  readonly #open = new Set<Watcher>();
  /** What the rounds that are going on deliver; empty between rounds. */
  #outbox: StorageEvent[] = [];
  #rounds = 0;

  constructor(
    /** The newest revision that has been published. */
    public revision: number,
  ) {}

  /**
   * Opens a watch that has seen everything up to `seen`.
   * @param past the events that it has missed, all up to the newest revision. They are delivered before this returns.
   */
  add(prefix: string, sink: WatchSink, seen: number, past: readonly StorageEvent[]): Watch {
    const watcher = new Watcher(prefix, sink, Math.max(seen, this.revision), this);
    this.#open.add(watcher);
    if (past.length > 0) this.#deliver(watcher, past);
    return watcher;
  }

  /** A watch that cannot begin: its sink hears why once the caller has the watch in hand. */
  refuse(prefix: string, sink: WatchSink, error: Error): Watch {
    const watcher = new Watcher(prefix, sink, 0, this);
    queueMicrotask(() => this.#fail(watcher, error));
    return watcher;
  }

  /** Delivers new events, which are in order and follow all that were published before. */
  publish(events: readonly StorageEvent[]): void {
    const last = events[events.length - 1];
    if (!last) return;
    for (const event of events) this.#outbox.push(event);
    this.revision = last.revision;
    this.#rounds++;
    // A set may be added to and deleted from while it is walked; a watch that joins has seen everything already.
    for (const watcher of this.#open) this.#serve(watcher);
    if (--this.#rounds === 0) this.#outbox = [];
  }

  progress(watcher: Watcher): void {
    if (!watcher.isOpen) return;
    this.#serve(watcher);
    if (watcher.isOpen) this.#call(watcher, () => watcher.sink.onProgress(this.revision));
  }

  forget(watcher: Watcher): void {
    watcher.isOpen = false;
    this.#open.delete(watcher);
  }

  /** Ends all watches. */
  close(error: Error = new ClosedError()): void {
    for (const watcher of this.#open) this.#fail(watcher, error);
  }

  #serve(watcher: Watcher): void {
    if (!watcher.isOpen || watcher.seen >= this.revision) return;
    const { prefix, seen } = watcher;
    watcher.seen = this.revision;
    const news = this.#outbox.filter(({ revision, key }) => revision > seen && key.startsWith(prefix));
    if (news.length > 0) this.#deliver(watcher, news);
  }

  #deliver(watcher: Watcher, events: readonly StorageEvent[]): void {
    this.#call(watcher, () => watcher.sink.onEvents(events));
  }

  /** A sink that throws has lost an event and cannot be trusted with the next: its watch ends, and the write that it was told of stands. */
  #call(watcher: Watcher, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#fail(watcher, error instanceof Error ? error : new Error(`the sink of a watch threw ${String(error)}`));
    }
  }

  #fail(watcher: Watcher, error: Error): void {
    if (!watcher.isOpen) return;
    this.forget(watcher);
    try {
      watcher.sink.onError(error);
    } catch {
      // It was told that its watch is over; there is nobody else to tell.
    }
  }
}
