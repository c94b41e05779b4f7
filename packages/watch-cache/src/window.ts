import type { CacheEvent } from './cache-event.js';

/** The last events, for watchers that resume. Bounded by count and by bytes. */
export class EventWindow {
  #events: CacheEvent[] = [];
  #start = 0;
  #bytes = 0;
  /** Events after this resourceVersion are all here. */
  #since: number;

  constructor(
    private readonly maxEvents: number,
    private readonly maxBytes: number,
    since: number,
  ) {
    this.#since = since;
  }

  /** A watch may begin at this resourceVersion or later. */
  get since(): number {
    return this.#since;
  }

  add(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += heldBytes(event);
    while (this.#events.length - this.#start > this.maxEvents || (this.#bytes > this.maxBytes && this.#events.length - this.#start > 1)) {
      const oldest = this.#events[this.#start]!;
      this.#events[this.#start++] = undefined as unknown as CacheEvent;
      this.#bytes -= heldBytes(oldest);
      this.#since = oldest.resourceVersion;
    }
    // Give the dead front back once it is half of the array, so that adding stays constant in time.
    if (this.#start > 64 && this.#start > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The events after a resourceVersion, in order. Only meaningful from {@link since} on. */
  after(resourceVersion: number): CacheEvent[] {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.resourceVersion <= resourceVersion) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }
}

// What would be gone without the window: the state before a change, and a deletion's own. The state after it is that of now, or before the next.
const heldBytes = ({ type, entry, previous }: CacheEvent): number => (previous?.bytes.length ?? 0) + (type === 'DELETED' ? entry.bytes.length : 0);
