import { type Clock, StatusError } from '@apiserver-kit/machinery';

/** How long a read waits for the cache to reach a revision, as the reference does. */
const maxWaitMs = 3000;
/** How often storage is asked for its progress while somebody waits: a replica behind it may answer with an old one. */
const askEveryMs = 100;

interface Wait {
  readonly revision: number;
  settle(error?: Error): void;
}

/** Those that wait until the cache has reached a revision. */
export class RevisionWaits {
  readonly #waits = new Set<Wait>();
  #cancelAsking: (() => void) | undefined = undefined;

  constructor(
    private readonly clock: Clock,
    private readonly current: () => number,
    /** Asks storage to tell how far it is. */
    private readonly ask: () => void,
  ) {}

  /** When a wait that begins now has to end. */
  deadline(): number {
    return this.clock.now() + maxWaitMs;
  }

  /** @throws StatusError Timeout when a wait should have ended. */
  assertTime(revision: number, deadlineMs: number): void {
    if (this.clock.now() >= deadlineMs) throw tooLargeResourceVersion(revision, this.current());
  }

  /**
   * Resolves when the revision has been reached, or at {@link wake}.
   * @throws StatusError Timeout at the deadline; the signal's reason when it is aborted.
   */
  until(revision: number, deadlineMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = (): void => wait.settle(signal!.reason instanceof Error ? signal!.reason : new Error('the wait for a revision was ended'));
      const cancelTimer = this.clock.after(Math.max(deadlineMs - this.clock.now(), 0), () => wait.settle(tooLargeResourceVersion(revision, this.current())));
      const wait: Wait = {
        revision,
        settle: (error) => {
          this.#waits.delete(wait);
          cancelTimer();
          signal?.removeEventListener('abort', onAbort);
          if (this.#waits.size === 0) this.#stopAsking();
          if (error) reject(error);
          else resolve();
        },
      };
      signal?.addEventListener('abort', onAbort);
      this.#waits.add(wait);
      this.#keepAsking();
    });
  }

  /** The cache has reached a revision. */
  reached(revision: number): void {
    if (this.#waits.size === 0) return;
    for (const wait of [...this.#waits]) if (wait.revision <= revision) wait.settle();
  }

  /** All look again, for the cache has to be loaded anew; or all fail. */
  wake(error?: Error): void {
    for (const wait of [...this.#waits]) wait.settle(error);
  }

  #keepAsking(): void {
    if (this.#cancelAsking) return;
    this.#cancelAsking = this.clock.after(askEveryMs, () => {
      this.#cancelAsking = undefined;
      this.#keepAsking();
      this.ask();
    });
  }

  #stopAsking(): void {
    this.#cancelAsking?.();
    this.#cancelAsking = undefined;
  }
}

/** 504, by whose cause clients know that they are only ahead of the server. */
export const tooLargeResourceVersion = (wanted: number, current: number): StatusError =>
  new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  });
