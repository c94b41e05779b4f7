import { ExpiredError, type StorageEvent } from '../storage.js';
import type { EtcdClient } from './etcd-client.js';
import { type EtcdError, isRefusal } from './etcd-error.js';
import { openWatchStream } from './watch-stream.js';

export interface ResumingStreamSink {
  /** Events in order, each once; nothing else has happened up to `revision`. */
  onEvents(events: readonly StorageEvent[], revision: number): void;
  /** It cannot go on: what comes next has been compacted, or etcd does not let us watch. */
  onEnd(error: ExpiredError | EtcdError): void;
  /** The connection is gone; it will be opened again. Called once per loss, not per try. */
  onLost?(error: EtcdError): void;
  onBack?(): void;
}

const firstPauseMs = 50;
const longestPauseMs = 3_000;

/** A watch on all keys that outlives its connections: it is opened again at the revision that it has come to. */
export class ResumingStream {
  #cancel: () => void = () => {};
  #isOpen = true;
  #isLost = false;
  #pauseMs = firstPauseMs;

  constructor(
    private readonly client: EtcdClient,
    /** Everything up to here has been told. */
    public revision: number,
    private readonly sink: ResumingStreamSink,
  ) {
    this.#open();
  }

  close(): void {
    this.#isOpen = false;
    this.#cancel();
  }

  #open(): void {
    this.#cancel = openWatchStream(this.client, this.revision, {
      onCreated: () => this.#back(),
      onEvents: (events, revision) => {
        // A member that lags behind may report less progress than was made before the connection to it.
        this.revision = Math.max(this.revision, revision);
        this.sink.onEvents(events, this.revision);
      },
      onEnd: (error) => {
        if (error instanceof ExpiredError || isRefusal(error)) this.sink.onEnd(error);
        else void this.#reopen(error);
      },
    });
  }

  #back(): void {
    this.#pauseMs = firstPauseMs;
    if (this.#isLost) this.sink.onBack?.();
    this.#isLost = false;
  }

  async #reopen(error: EtcdError): Promise<void> {
    if (!this.#isLost) this.sink.onLost?.(error);
    this.#isLost = true;
    await this.client.pause(this.#pauseMs * (1 + Math.random()));
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    if (this.#isOpen) this.#open();
  }
}
