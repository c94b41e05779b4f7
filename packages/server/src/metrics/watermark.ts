/** The most requests that were under way at once within a second. */
export class Watermark {
  #current = 0;
  #most = 0;
  #lastMost = 0;
  #since = 0;

  /** @param now in milliseconds */
  begin(now: number): void {
    this.#roll(now);
    if (++this.#current > this.#most) this.#most = this.#current;
  }

  end(): void {
    this.#current--;
  }

  /** The most of the second before; the figure of a whole second, not of a moment. */
  read(now: number): number {
    this.#roll(now);
    return this.#lastMost;
  }

  // No timer: who comes first in a new second closes the old one.
  #roll(now: number): void {
    const passed = now - this.#since;
    if (passed < 1000) return;
    this.#lastMost = passed < 2000 ? this.#most : this.#current;
    this.#most = this.#current;
    this.#since = now;
  }
}
