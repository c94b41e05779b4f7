/** Answers kept for a while, so many at most: for authorizers whose questions are dear. */
import { hash } from 'node:crypto';
import { type Clock, systemClock } from '@apiserver-kit/machinery';

export interface RememberedOptions {
  /** So many are kept; the oldest goes first. */
  readonly maxEntries: number;
  readonly clock?: Clock;
}

/** Answers by key, each until its time has come. */
export class Remembered<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #maxEntries: number;
  readonly #clock: Clock;

  constructor({ maxEntries, clock = systemClock }: RememberedOptions) {
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.now() < entry.until) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: T, ttlMs: number): void {
    if (ttlMs <= 0) return;
    this.#entries.delete(key);
    // A map keeps the order of insertion: what is to go is in front.
    if (this.#entries.size >= this.#maxEntries) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, { value, until: this.#clock.now() + ttlMs });
  }
}

/** One short key for a question, however long it is. JSON tells all parts apart, so that two questions never have one text. */
export const digestOf = (question: unknown): string => hash('sha256', JSON.stringify(question), 'base64');
