import type { Storage, StorageEvent, Watch, WatchOptions } from '../storage.js';

/** A watch that keeps what it is told. */
export interface Recorder {
  readonly events: readonly StorageEvent[];
  /** Revisions reported as progress. */
  readonly progress: readonly number[];
  readonly errors: readonly Error[];
  readonly watch: Watch;
  /** Resolves as soon as the claim holds; it is looked at whenever the sink has been called. */
  until(claim: (recorder: Recorder) => boolean): Promise<void>;
}

/** Opens a watch and keeps what its sink is told. `onEvents` is called for each round of events after they have been kept. */
export function record(storage: Storage, prefix: string, options: WatchOptions = {}, onEvents: (events: readonly StorageEvent[]) => void = () => {}): Recorder {
  const events: StorageEvent[] = [];
  const progress: number[] = [];
  const errors: Error[] = [];
  let waiting: { claim: (recorder: Recorder) => boolean; resolve: () => void }[] = [];
  const look = (): void => {
    waiting = waiting.filter(({ claim, resolve }) => {
      const holds = claim(recorder);
      if (holds) resolve();
      return !holds;
    });
  };
  // The sink may be called before `watch` returns: the recorder must be there first.
  let watch: Watch | undefined;
  const recorder: Recorder = {
    events,
    progress,
    errors,
    get watch() {
      return watch!;
    },
    until: (claim) =>
      new Promise((resolve) => {
        waiting.push({ claim, resolve });
        look();
      }),
  };
  watch = storage.watch(prefix, options, {
    onEvents(news) {
      events.push(...news);
      onEvents(news);
      look();
    },
    onProgress(revision) {
      progress.push(revision);
      look();
    },
    onError(error) {
      errors.push(error);
      look();
    },
  });
  return recorder;
}
