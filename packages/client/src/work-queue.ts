/** Work by key: what is to be looked at again, one at a time per key, and again later when it fails (client-go's workqueue, in small). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';

/** Nothing: done. A time: look at the key again then, unless somebody adds it before. */
export type Outcome = undefined | { readonly againInMs: number };

export interface WorkQueueOptions {
  readonly clock?: Clock;
  /** Told of failures, which are tried again. Default: nobody. */
  readonly log?: ErrorLog;
  /** What the log calls the work. */
  readonly name?: string;
  /** The wait after the first failure; it doubles with each further one. Default 5 ms. */
  readonly minBackoffMs?: number;
  /** Default a minute. */
  readonly maxBackoffMs?: number;
  /** So many keys are worked on at once; the others wait in line. Default: all. */
  readonly concurrency?: number;
}

interface Item {
  isRunning: boolean;
  /** Added while it ran: it runs once more. */
  isDirty: boolean;
  failures: number;
  cancelTimer: (() => void) | undefined;
}

export class WorkQueue {
  readonly #work: (key: string, signal: AbortSignal) => Promise<Outcome>;
  readonly #clock: Clock;
  readonly #log: ErrorLog;
  readonly #name: string;
  readonly #minBackoffMs: number;
  readonly #maxBackoffMs: number;
  readonly #concurrency: number;
  readonly #line: (() => void)[] = [];
  #working = 0;
  readonly #items = new Map<string, Item>();
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();

  /** @param work does what a key needs. It is called with the next one while others wait, never twice at once for one key. */
  constructor(
    work: (key: string, signal: AbortSignal) => Promise<Outcome>,
    {
      clock = systemClock,
      log = () => {},
      name = 'work',
      minBackoffMs = 5,
      maxBackoffMs = 60_000,
      concurrency = Number.POSITIVE_INFINITY,
    }: WorkQueueOptions = {},
  ) {
    this.#work = work;
    this.#clock = clock;
    this.#log = log;
    this.#name = name;
    this.#minBackoffMs = minBackoffMs;
    this.#maxBackoffMs = maxBackoffMs;
    this.#concurrency = concurrency;
  }

  /** Has a key looked at now; once more, if it is being looked at. */
  add(key: string): void {
    if (this.#abort.signal.aborted) return;
    const item = this.#items.get(key) ?? { isRunning: false, isDirty: false, failures: 0, cancelTimer: undefined };
    this.#items.set(key, item);
    if (item.isRunning) {
      item.isDirty = true;
      return;
    }
    item.cancelTimer?.();
    item.cancelTimer = undefined;
    item.isRunning = true;
    const running = this.#run(key, item).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing is being worked on: not what waits for its time. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Takes nothing more, asks what is under way to end, and waits for that. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the work queue is closed'));
    for (const item of this.#items.values()) item.cancelTimer?.();
    await this.idle();
  }

  async #run(key: string, item: Item): Promise<void> {
    // Never in the caller's turn: that may be a cache in the middle of an event.
    await Promise.resolve();
    if (this.#working >= this.#concurrency) await new Promise<void>((resolve) => this.#line.push(resolve));
    else this.#working += 1;
    try {
      await this.#untilClean(key, item);
    } finally {
      // The place goes to whoever is next.
      const next = this.#line.shift();
      if (next) next();
      else this.#working -= 1;
    }
  }

  async #untilClean(key: string, item: Item): Promise<void> {
    if (this.#abort.signal.aborted) return;
    let againInMs: number | undefined;
    do {
      item.isDirty = false;
      againInMs = await this.#once(key, item);
    } while (item.isDirty && !this.#abort.signal.aborted);
    item.isRunning = false;
    if (this.#abort.signal.aborted) return;
    if (againInMs === undefined) this.#items.delete(key);
    else item.cancelTimer = this.#clock.after(againInMs, () => this.add(key));
  }

  async #once(key: string, item: Item): Promise<number | undefined> {
    try {
      const outcome = await this.#work(key, this.#abort.signal);
      item.failures = 0;
      return outcome?.againInMs;
    } catch (error) {
      if (this.#abort.signal.aborted) return undefined;
      this.#log(`${this.#name}: ${key} is tried again`, error);
      return Math.min(this.#maxBackoffMs, this.#minBackoffMs * 2 ** item.failures++);
    }
  }
}
