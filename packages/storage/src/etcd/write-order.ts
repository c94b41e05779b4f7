/**
 * Lets writes to one key go one after the other, in the order they were asked for: etcd takes up calls as they come, in no order. Writes to
 * different keys do not wait for each other.
 */
export class WriteOrder {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, write: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before ? before.then(write, write) : write();
    // Nobody waits for the last write of a key for its result: failures are told to those who asked.
    const ended = result.then(
      () => {},
      () => {},
    );
    const mine = ended.then(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    this.#last.set(key, mine);
    return result;
  }

  /** Resolves when all writes that have been asked for have ended. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
