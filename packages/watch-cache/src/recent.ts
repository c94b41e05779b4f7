/** Something that can be made again from bytes, of a known size. */
export interface Forgettable {
  readonly bytes: { readonly length: number };
  forget(): void;
}

/** Bounds what is kept beside bytes: once there is too much, the first to have come is told to forget. */
export class Recent {
  readonly #kept: Forgettable[] = [];
  #oldest = 0;
  #bytes = 0;

  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number,
  ) {}

  /** Takes note of one that has just begun to keep something. It must not have been noted since it was last told to forget. */
  add(one: Forgettable): void {
    this.#kept.push(one);
    this.#bytes += one.bytes.length;
    while (this.#kept.length - this.#oldest > this.maxCount || (this.#bytes > this.maxBytes && this.#kept.length - this.#oldest > 1)) {
      const oldest = this.#kept[this.#oldest++]!;
      this.#bytes -= oldest.bytes.length;
      oldest.forget();
    }
    // What has been passed is given back in bulk, so that adding takes constant time.
    if (this.#oldest > 64 && this.#oldest > this.#kept.length / 2) {
      this.#kept.splice(0, this.#oldest);
      this.#oldest = 0;
    }
  }
}
