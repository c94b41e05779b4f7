import type { Clock } from '@apiserver-kit/machinery';
import type { Watcher } from './watcher.js';

const tickMs = 1000;

/** Sends bookmarks to those who want them: one timer for all, and only while there is somebody. */
export class Bookmarks {
  readonly #watchers = new Set<Watcher>();
  #cancelTick: (() => void) | undefined = undefined;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    /** Asks storage how far it is: at a tick before bookmarks are due, so that one that has to wait has answered by then. */
    private readonly ask: () => void,
    private readonly send: (watcher: Watcher) => void,
  ) {}

  add(watcher: Watcher): void {
    watcher.bookmarkDue = this.clock.now() + this.everyMs;
    this.#watchers.add(watcher);
    this.#wait();
  }

  delete(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#stop();
  }

  #wait(): void {
    this.#cancelTick ??= this.clock.after(tickMs, () => {
      this.#cancelTick = undefined;
      this.#tick(this.clock.now());
      if (this.#watchers.size > 0) this.#wait();
    });
  }

  #tick(now: number): void {
    let isDueSoon = false;
    for (const watcher of this.#watchers) isDueSoon ||= watcher.bookmarkDue <= now + tickMs;
    if (isDueSoon) this.ask();
    for (const watcher of this.#watchers) {
      if (watcher.bookmarkDue > now) continue;
      watcher.bookmarkDue = now + this.everyMs;
      this.send(watcher);
    }
  }

  #stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }
}
