/** How many seats a level wanted over a time: what lending and borrowing goes by (k8s.io/apiserver/pkg/util/flowcontrol/fairqueuing/integrator.go). */

/** Weighted by time. */
export interface DemandResults {
  readonly seconds: number;
  /** NaN over no time at all. */
  readonly average: number;
  readonly deviation: number;
  readonly max: number;
}

/** Integrates a value, and its square, over time. */
export class Demand {
  #seconds = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #value = 0;
  #max = 0;
  #at: number;

  constructor(nowMs: number) {
    this.#at = nowMs;
  }

  set(value: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#value = value;
    if (value > this.#max) this.#max = value;
  }

  /** What there was since the last call, which starts anew. */
  take(nowMs: number): DemandResults {
    this.#advance(nowMs);
    const average = this.#seconds > 0 ? this.#sum / this.#seconds : Number.NaN;
    const deviation = Math.sqrt(this.#sumOfSquares / this.#seconds - average * average);
    const results = { seconds: this.#seconds, average, deviation, max: this.#max };
    this.#seconds = this.#sum = this.#sumOfSquares = 0;
    this.#max = this.#value;
    return results;
  }

  #advance(nowMs: number): void {
    const seconds = (nowMs - this.#at) / 1000;
    this.#at = nowMs;
    this.#seconds += seconds;
    this.#sum += this.#value * seconds;
    this.#sumOfSquares += this.#value * this.#value * seconds;
  }
}

/** What is remembered of a level's demand. */
export class SmoothedDemand {
  /** The most seats that were wanted at a time in the last period. */
  highWatermark = 0;
  /** Average and deviation; it falls slowly, with a half-life of five minutes, and rises at once. */
  smoothed = 0;

  update({ seconds, average, deviation, max }: DemandResults): void {
    this.highWatermark = Math.round(max);
    if (seconds <= 0) return;
    const envelope = average + (Number.isNaN(deviation) ? 0 : deviation);
    this.smoothed = Math.max(envelope, 0.977 * this.smoothed + 0.023 * envelope);
  }
}
