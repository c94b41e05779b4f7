/** How long to ask clients to stay away, by how many were turned away lately (k8s.io/apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go). */
import type { Clock } from '@apiserver-kit/machinery';

const maxRetryAfter = 32;

/** Seconds for `Retry-After`: doubled while many requests are dropped, one less at a time when few are. */
export class DroppedRequests {
  #retryAfter = 1;
  #raisedAt = 0;
  #second = 0;
  #count = 0;
  #history: { readonly second: number; readonly count: number }[] = [];

  constructor(private readonly clock: Clock) {}

  get retryAfter(): number {
    return this.#retryAfter;
  }

  /** Counts one more. */
  record(): void {
    const now = Math.floor(this.clock.now() / 1000);
    if (now === this.#second) {
      this.#count++;
      return;
    }
    this.#history.push({ second: this.#second, count: this.#count });
    const kept = Math.min(2 * this.#retryAfter, maxRetryAfter);
    const last = this.#second;
    this.#history = this.#history.filter(({ second }) => last - second <= kept);
    this.#second = now;
    this.#count = 1;
    this.#adjust(now);
  }

  /** Looks at the seconds before this one, as many as clients are asked to wait. */
  #adjust(now: number): void {
    const wait = this.#retryAfter;
    let dropped = 0;
    for (const { second, count } of this.#history) if (now - second <= wait && second < now) dropped += count;
    if (now - this.#raisedAt >= wait && dropped >= 3 * wait) {
      this.#retryAfter = Math.min(2 * wait, maxRetryAfter);
      this.#raisedAt = now;
    } else if (dropped < wait && wait > 1) {
      this.#retryAfter = wait - 1;
    }
  }
}
