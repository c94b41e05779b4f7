import { Entry, type FieldsOf } from './entry.js';

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
    private readonly fieldsOf: FieldsOf,
  ) {}

  get resourceVersion(): number {
    return this.entry.resourceVersion;
  }

  /** What a watcher is shown whose selection the object has left: the state before, at this change's resourceVersion. */
  get gone(): Entry {
    if (this.type === 'DELETED') return this.entry;
    this.#gone ??= new Entry(this.entry.key, this.entry.resourceVersion, this.previous!.stored, this.fieldsOf);
    return this.#gone;
  }
}
