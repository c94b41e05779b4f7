import type { FrameSink } from '@apiserver-kit/pipeline';

/** Frames on their way to a reader in the same process. */
export class FrameQueue implements FrameSink {
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #isEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #onDrained: (() => void) | undefined;

  /**
   * @param maxBufferedBytes a reader that leaves more than this unread gets an error.
   * @param onSlow then called, once.
   */
  constructor(
    private readonly maxBufferedBytes: number,
    private readonly onSlow: () => void,
  ) {}

  write(frames: readonly Uint8Array[]): void {
    if (this.#isEnded) return;
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#bytes += frame.length;
    }
    if (this.#bytes > this.maxBufferedBytes) {
      this.#error = new Error(`the watch was ended: more than ${this.maxBufferedBytes} bytes were left unread`);
      this.onSlow();
      this.end();
      return;
    }
    this.#wake?.();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  fail(): void {
    this.#error ??= new Error('the answer broke off');
    this.end();
  }

  whenDrained(run: () => void): void {
    if (this.#bytes === 0) run();
    else this.#onDrained = run;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  /**
   * The frames that have come, waiting for some.
   * @returns undefined at the end.
   * @throws Error when the reader was too slow; what had come before is read first.
   */
  async read(): Promise<Uint8Array[] | undefined> {
    while (this.#frames.length === 0) {
      if (this.#error) throw this.#error;
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    const drained = this.#onDrained;
    this.#onDrained = undefined;
    drained?.();
    return frames;
  }
}
