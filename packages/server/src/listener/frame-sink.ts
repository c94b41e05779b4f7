import type { FrameSink } from '@apiserver-kit/pipeline';
import type { Writable } from 'node:stream';

/** Where a watch's frames go. */
export class ConnectionSink implements FrameSink {
  #isEnded = false;

  /**
   * @param maxBufferedBytes a client that leaves more than this unread is ended.
   * @param onEnd the watch has ended by itself.
   * @param onSlow the client does not read.
   * @param abandon ends the answer so that the client sees it break off.
   */
  constructor(
    private readonly out: Writable,
    private readonly maxBufferedBytes: number,
    private readonly onEnd: () => void,
    private readonly onSlow: () => void,
    private readonly abandon: () => void,
  ) {}

  write(frames: readonly Uint8Array[]): void {
    const { out } = this;
    if (this.#isEnded || out.destroyed) return;
    if (frames.length === 1) {
      out.write(frames[0]!);
    } else {
      out.cork();
      for (const frame of frames) out.write(frame);
      out.uncork();
    }
    if (out.writableLength > this.maxBufferedBytes) {
      this.#isEnded = true;
      this.onSlow();
    }
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.onEnd();
    if (!this.out.destroyed) this.out.end();
  }

  fail(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.onEnd();
    this.abandon();
  }

  get bufferedBytes(): number {
    return this.out.writableLength;
  }

  whenDrained(run: () => void): void {
    if (this.out.writableNeedDrain) this.out.once('drain', run);
    else run();
  }
}
