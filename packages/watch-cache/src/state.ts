import { type KeyValue, type StorageEvent, sortKey } from '@apiserver-kit/storage';
import { CacheEvent } from './cache-event.js';
import { Entry, type FieldsOf } from './entry.js';
import type { Recent } from './recent.js';
import { SortedMap } from './sorted-map.js';
import { EventWindow } from './window.js';

/** How an entry is made of what storage holds. */
export interface EntryOptions {
  readonly fieldsOf: FieldsOf;
  readonly recent: Recent;
}

export interface WindowOptions {
  readonly windowEvents: number;
  readonly windowBytes: number;
}

/** Snapshots of the past that are kept for the next page of the same list. They hold no objects but those that the window holds. */
const maxSnapshots = 8;

/** The objects of one resource as of a revision, and the changes that led there. */
export class State {
  readonly window: EventWindow;
  readonly #byKey = new Map<string, Entry>();
  readonly #options: EntryOptions;
  readonly #snapshots = new Map<number, SortedMap<Entry>>();
  /** Under sort keys. */
  #map: SortedMap<Entry>;
  #revision: number;
  #lastChange: number;

  /**
   * @param kvs what storage listed, in its order.
   * @param known entries of an earlier state: those that have not changed are taken over.
   */
  constructor(kvs: readonly KeyValue[], revision: number, options: EntryOptions & WindowOptions, known?: State) {
    this.#options = options;
    this.#revision = revision;
    this.#lastChange = revision;
    this.window = new EventWindow(options.windowEvents, options.windowBytes, revision);
    const entries = kvs.map((kv) => known?.entryOf(kv) ?? this.#make(kv.key, kv.modRevision, kv.value));
    for (const entry of entries) this.#byKey.set(entry.key, entry);
    this.#map = SortedMap.fromSorted(
      entries.map(({ key }) => sortKey(key)),
      entries,
    );
  }

  /** Everything up to here has been taken in. */
  get revision(): number {
    return this.#revision;
  }

  /** All entries under the sort keys of their keys, as of now. A reference to it is a snapshot. */
  get map(): SortedMap<Entry> {
    return this.#map;
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** The entry of what storage holds, if this state has just that version. */
  entryOf({ key, modRevision }: KeyValue): Entry | undefined {
    const entry = this.#byKey.get(key);
    return entry?.resourceVersion === modRevision ? entry : undefined;
  }

  /**
   * All entries as of a revision up to now: the present without the changes since. Undefined when not all of these are in the window.
   * Nothing is kept for it as objects change: it costs as much as there were changes, unless it was kept for a further page.
   */
  mapAt(revision: number): SortedMap<Entry> | undefined {
    if (revision >= this.#lastChange) return this.#map;
    if (revision < this.window.since) return undefined;
    const made = this.#snapshots.get(revision) ?? this.#undo(revision);
    this.#keepSnapshot(revision, made);
    return made;
  }

  /** Keeps the present for the further pages of a list that begins with it. */
  keepSnapshot(): void {
    this.#keepSnapshot(this.#revision, this.#map);
  }

  /** Takes in changes, and tells what they are to watchers. Nobody sees a state between two of them. */
  apply(changes: readonly StorageEvent[]): CacheEvent[] {
    return changes.map((change) => {
      const event = this.#eventOf(change);
      const { key } = change;
      if (event.type === 'DELETED') {
        this.#byKey.delete(key);
        this.#map = this.#map.delete(sortKey(key));
      } else {
        this.#byKey.set(key, event.entry);
        this.#map = this.#map.set(sortKey(key), event.entry);
      }
      this.#lastChange = event.resourceVersion;
      this.window.add(event);
      this.progress(event.resourceVersion);
      return event;
    });
  }

  /** There are no other changes up to a revision. */
  progress(revision: number): void {
    if (revision > this.#revision) this.#revision = revision;
    // What the window has let go of must not live on in a snapshot.
    for (const at of this.#snapshots.keys()) if (at < this.window.since) this.#snapshots.delete(at);
  }

  #eventOf({ type, key, value, revision }: StorageEvent): CacheEvent {
    const previous = this.#byKey.get(key);
    if (type === 'put') return new CacheEvent(previous ? 'MODIFIED' : 'ADDED', this.#make(key, revision, value), previous);
    return new CacheEvent('DELETED', previous?.at(revision) ?? this.#make(key, revision, value), previous);
  }

  #make(key: string, revision: number, value: Uint8Array): Entry {
    return new Entry(key, revision, value, this.#options.fieldsOf, this.#options.recent);
  }

  #undo(revision: number): SortedMap<Entry> {
    const before = new Map<string, Entry | undefined>();
    for (const { entry, previous } of this.window.after(revision)) if (!before.has(entry.key)) before.set(entry.key, previous);
    let map = this.#map;
    for (const [key, entry] of before) map = entry ? map.set(sortKey(key), entry) : map.delete(sortKey(key));
    return map;
  }

  #keepSnapshot(revision: number, map: SortedMap<Entry>): void {
    // The last one used is the last one to go.
    this.#snapshots.delete(revision);
    this.#snapshots.set(revision, map);
    for (const oldest of this.#snapshots.keys()) {
      if (this.#snapshots.size <= maxSnapshots) return;
      this.#snapshots.delete(oldest);
    }
  }
}
