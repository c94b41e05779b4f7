import type { CacheEvent, EventType } from './cache-event.js';
import type { Entry } from './entry.js';
import { type EntryPredicate, entryPredicate, type Selection } from './selection.js';

/**
 * Receives what a watch has to say, synchronously, while the cache takes in a change: it should be quick. What comes too fast for it, it may
 * queue, or close its watcher; what it throws ends its watch and no other. It may write to the storage and open and close watches.
 */
export interface WatchReceiver {
  /** A change within the selection. `entry` is shared by all watchers: what is printed for it can be remembered on it. */
  onEvent(type: EventType, entry: Entry): void;
  /** Nothing up to this resourceVersion is missing. `isInitialEnd`: the initial events end here. */
  onBookmark(resourceVersion: number, isInitialEnd: boolean): void;
  /**
   * It has ended, not by `close()`. Undefined: with nothing to tell, the cache or its storage was closed. Expired: changes have been lost, list again.
   * Any other error: storage holds what cannot be read, or the receiver threw it.
   */
  onEnd(error: Error | undefined): void;
}

/** One watch of a cache: turns changes into what its selection sees of them. */
export class Watcher {
  readonly #matches: EntryPredicate;
  /** The time at which the next bookmark is due; only for those that may get bookmarks. */
  bookmarkDue = 0;
  isOpen = true;

  constructor(
    readonly selection: Selection,
    readonly receiver: WatchReceiver,
    /** Changes and bookmarks up to this resourceVersion are not for it. */
    public start: number,
    /** Takes it off the cache's lists. */
    private readonly remove: (watcher: Watcher) => void,
  ) {
    this.#matches = entryPredicate(selection);
  }

  /** True where the entry is in the selection's namespace and has its name, labels and fields. */
  selects(entry: Entry): boolean {
    const { namespace, name } = this.selection;
    if (namespace && entry.namespace !== namespace) return false;
    if (name && entry.name !== name) return false;
    return this.#matches === undefined || this.#matches(entry);
  }

  /** Shows it a change: entering the selection is ADDED, leaving it is DELETED. */
  deliver(event: CacheEvent): void {
    if (!this.isOpen || event.resourceVersion <= this.start) return;
    this.#guard(() => this.#show(event));
  }

  /** Shows it changes from before it was opened, which start where it asked to start. */
  replay(events: readonly CacheEvent[]): void {
    for (const event of events) this.deliver(event);
    const last = events[events.length - 1];
    if (last) this.start = last.resourceVersion;
  }

  /** Shows it what was there when it was opened. */
  showInitial(entries: readonly Entry[]): void {
    this.#guard(() => {
      for (const entry of entries) if (this.isOpen) this.receiver.onEvent('ADDED', entry);
    });
  }

  /** A bookmark, unless it is of a resourceVersion that the watcher began with. `isInitialEnd`: even then. */
  bookmark(resourceVersion: number, isInitialEnd: boolean): void {
    if (!this.isOpen || (resourceVersion <= this.start && !isInitialEnd)) return;
    this.#guard(() => this.receiver.onBookmark(resourceVersion, isInitialEnd));
  }

  /** Ends it from the cache's side. */
  end(error: Error | undefined): void {
    if (!this.isOpen) return;
    this.close();
    try {
      this.receiver.onEnd(error);
    } catch {
      // It was told that it is over; there is nobody else to tell.
    }
  }

  /** Ends it from the watcher's side: the receiver hears nothing more. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.remove(this);
  }

  #show(event: CacheEvent): void {
    const { type, entry, previous } = event;
    const isIn = this.selects(entry);
    if (type === 'DELETED') {
      if (isIn) this.receiver.onEvent('DELETED', entry);
      return;
    }
    // Without labels and fields to look at, what is in has been in: names do not change.
    const wasIn = previous !== undefined && (this.#matches === undefined ? isIn : this.selects(previous));
    if (isIn) this.receiver.onEvent(wasIn ? 'MODIFIED' : 'ADDED', entry);
    else if (wasIn) this.receiver.onEvent('DELETED', event.gone);
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(`the receiver of a watch threw ${String(error)}`));
    }
  }
}
