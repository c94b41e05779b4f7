import type { CacheEvent } from './cache-event.js';
import type { Watcher } from './watcher.js';
import { WatcherIndex } from './watcher-index.js';

/**
 * Shows changes to watchers, each of them every change in order and once.
 *
 * A receiver may write to the storage, and over a backend in this process the change is then here before the one that is being shown has been
 * seen by all. Such changes wait in a queue until it has; the objects in the cache are ahead of them meanwhile.
 */
export class Dispatcher {
  readonly watchers = new WatcherIndex();
  #queue: CacheEvent[] = [];
  #isBusy = false;

  dispatch(events: readonly CacheEvent[]): void {
    for (const event of events) this.#queue.push(event);
    if (!this.#isBusy) this.#drain();
  }

  /** Shows a new watcher what came before its first change, and holds all changes back until it has seen that. */
  begin(watcher: Watcher, show: () => void): void {
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    // Changes that wait in the queue now are in what it is shown, and before its start; those that join from here on are for it.
    this.watchers.add(watcher);
    try {
      show();
    } catch (error) {
      watcher.close();
      throw error;
    } finally {
      this.#isBusy = wasBusy;
    }
    if (!wasBusy) this.#drain();
  }

  /** Up to where all watchers have seen everything, given that the cache has up to `revision`. */
  servedUpTo(revision: number): number {
    const first = this.#queue[0];
    return first ? first.resourceVersion - 1 : revision;
  }

  /** Ends all watchers; changes that are still in the queue are not shown to anybody. */
  endAll(errorFor: (watcher: Watcher) => Error | undefined): void {
    this.#queue = [];
    for (const watcher of [...this.watchers]) watcher.end(errorFor(watcher));
  }

  #drain(): void {
    this.#isBusy = true;
    // The queue is looked at anew each time: it may grow, or be emptied, while a change is shown.
    for (let event = this.#queue[0]; event; event = this.#queue[0]) {
      const { entry, previous } = event;
      const shown = event;
      this.watchers.visit(entry, previous, (watcher) => watcher.deliver(shown));
      if (this.#queue[0] === event) this.#queue.shift();
    }
    this.#isBusy = false;
  }
}
