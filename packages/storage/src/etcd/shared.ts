/**
 * A read that many may ask for at once, such as that of the newest revision. Whoever asks gets the answer of a read that began after they
 * asked, as they must to see what was there before; but all who ask while one is on its way share the next one.
 */
export class Shared<T> {
  #current: Promise<unknown> | undefined = undefined;
  #next: Promise<T> | undefined = undefined;

  constructor(private readonly read: () => Promise<T>) {}

  get(): Promise<T> {
    if (!this.#current) return this.#begin();
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<T> {
    const result = this.read();
    const mine = result.then(
      () => {},
      () => {},
    );
    const ended = mine.then(() => {
      if (this.#current === ended) this.#current = undefined;
    });
    this.#current = ended;
    return result;
  }
}
