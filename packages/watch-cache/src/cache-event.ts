import type { Entry } from './entry.js';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** A change of one object, as the cache keeps it for all watchers. */
export class CacheEvent {
  #gone: Entry | undefined = undefined;

  constructor(
    readonly type: EventType,
    /** What is there now; for DELETED the last state, at the deletion's resourceVersion. */
    readonly entry: Entry,
    /** What was there before; undefined for ADDED. */
    readonly previous: Entry | undefined,
  ) {}

  get resourceVersion(): number {
    return this.entry.resourceVersion;
  }

  /** What a watcher is shown whose selection the object has left: the state before, at this change's resourceVersion. */
  get gone(): Entry {
    if (this.type === 'DELETED' || !this.previous) return this.entry;
    this.#gone ??= this.previous.at(this.resourceVersion);
    return this.#gone;
  }
}
