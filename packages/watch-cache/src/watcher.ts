import type { CacheEvent, EventType } from './cache-event.js';
import type { Entry } from './entry.js';
import { type EntryPredicate, entryPredicate, type Selection } from './selection.js';

/** Receives what a watch has to say. Called synchronously while the cache takes in an event: be quick, never throw. */
export interface WatchReceiver {
  /** A change within the selection. `event` is shared by all watchers: what is printed for it can be remembered on its entry. */
  onEvent(type: EventType, entry: Entry): void;
  /** Nothing up to this resourceVersion is missing. `isInitialEnd`: the initial events end here. */
  onBookmark(resourceVersion: number, isInitialEnd: boolean): void;
  /** It has ended by the cache's own doing: the storage failed, or the cache was closed. */
  onEnd(error: Error | undefined): void;
}

/** One watch of a cache: turns changes into what its selection sees of them. */
export class Watcher {
  readonly #matches: EntryPredicate;
  /** Only watchers that may get bookmarks; the second at which the next one is due. */
  bookmarkDue = 0;
  isOpen = true;
  #reached: number;

  constructor(
    readonly selection: Selection,
    readonly receiver: WatchReceiver,
    afterRevision: number,
    /** Takes it off the cache's lists. */
    private readonly remove: (watcher: Watcher) => void,
  ) {
    this.#matches = entryPredicate(selection);
    this.#reached = afterRevision;
  }

  /** True where the entry is in the selection's namespace and has its name, labels and fields. */
  selects(entry: Entry): boolean {
    const { namespace, name } = this.selection;
    if (namespace && entry.namespace !== namespace) return false;
    if (name && entry.name !== name) return false;
    return this.#matches === undefined || this.#matches(entry);
  }

  deliver(event: CacheEvent): void {
    if (!this.isOpen || event.resourceVersion <= this.#reached) return;
    this.#reached = event.resourceVersion;
    const { type, entry, previous } = event;
    if (type === 'DELETED') {
      if (this.selects(entry)) this.receiver.onEvent('DELETED', entry);
      return;
    }
    const isIn = this.selects(entry);
    const wasIn = previous !== undefined && (this.#matches === undefined ? isIn : this.selects(previous));
    if (isIn) this.receiver.onEvent(wasIn ? 'MODIFIED' : 'ADDED', entry);
    else if (wasIn) this.receiver.onEvent('DELETED', event.gone);
  }

  /** Ends it from the watcher's side: the receiver hears nothing more. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.remove(this);
  }
}
