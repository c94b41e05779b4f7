/** GET of a collection with `watch`: a stream of events (KEP-956, KEP-3157). */
import { asStatusError, expired, type ListOptions, type Status, StatusError, unknownError } from '@apiserver-kit/machinery';
import type { ApiResponse, FrameSink, WatchStream } from '@apiserver-kit/pipeline';
import { ExpiredError } from '@apiserver-kit/storage';
import type { Cacher, Selection, Watcher, WatchReceiver, WatchStart } from '@apiserver-kit/watch-cache';
import { representationFor, type RestEnvironment, type Target } from '../environment.js';
import { protobufType } from '../negotiation/protobuf.js';
import { listOptionsOf, selectionOf } from './selection.js';
import { parseResourceVersion } from './versions.js';
import { type FramePrinter, framePrinter } from './watch-frames.js';

/** Answers with a stream as soon as the cache is up to date. */
export function watch(target: Target): ApiResponse | Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource, true);
  const options = listOptionsOf(target);
  const selection = selectionOf(target, options);
  const start = startOf(options);
  const { cacher } = target.resource.store;
  const open = (): ApiResponse => ({
    status: 200,
    headers: { 'content-type': representation.format === 'protobuf' ? `${protobufType};stream=watch` : 'application/json' },
    body: new CacheWatchStream(cacher, selection, start, framePrinter(target, representation), options, target.environment),
  });
  // Watches of now see what was written before they came.
  const ready: unknown = 'afterRevision' in start ? cacher.ready() : cacher.fresh();
  return ready instanceof Promise ? ready.then(open) : open();
}

/** @throws StatusError without a reason, as the reference answers versions that are no numbers. */
function startOf({ resourceVersion, sendInitialEvents, allowWatchBookmarks }: ListOptions): WatchStart & { minimum?: number } {
  let version: number;
  try {
    version = parseResourceVersion(resourceVersion) ?? 0;
  } catch (error) {
    throw unknownError((error as Error).message);
  }
  if (sendInitialEvents === true) return { initial: true, endBookmark: allowWatchBookmarks, minimum: version };
  if (version > 0) return { afterRevision: version };
  return sendInitialEvents === false ? { now: true } : { initial: true };
}

class CacheWatchStream implements WatchStream, WatchReceiver {
  #sink: FrameSink | undefined = undefined;
  #watcher: Watcher | undefined = undefined;
  /** Frames of the initial events, sent as one write. */
  #initial: Uint8Array[] | undefined = undefined;
  #cancelTimeout: (() => void) | undefined = undefined;

  constructor(
    private readonly cacher: Cacher,
    private readonly selection: Selection,
    private readonly from: WatchStart & { minimum?: number },
    private readonly frames: FramePrinter,
    private readonly options: ListOptions,
    private readonly environment: RestEnvironment,
  ) {}

  start(sink: FrameSink): void {
    this.#sink = sink;
    this.#cancelTimeout = this.environment.clock.after(this.#timeoutMs(), () => this.#timeOut());
    const { minimum = 0 } = this.from;
    if (minimum <= this.cacher.resourceVersion) this.#open();
    else this.#openAt(minimum);
  }

  /** The initial state must not be older than the version asked for. */
  #openAt(minimum: number): void {
    this.cacher.reached(minimum).then(
      () => this.#open(),
      (error: unknown) => this.onEnd(error as Error),
    );
  }

  #open(): void {
    if (!this.#sink) return;
    const initial: Uint8Array[] = [];
    this.#initial = initial;
    let watcher: Watcher;
    try {
      watcher = this.cacher.watch(this.selection, this.from, this, { bookmarks: this.options.allowWatchBookmarks });
    } catch (error) {
      this.onEnd(error as Error);
      return;
    }
    if (!this.#sink) {
      // It has ended while it told of what is there.
      watcher.close();
      return;
    }
    this.#watcher = watcher;
    this.#initial = undefined;
    if (initial.length > 0) this.#sink.write(initial);
  }

  onEvent(type: Parameters<WatchReceiver['onEvent']>[0], entry: Parameters<WatchReceiver['onEvent']>[1]): void {
    this.#write(this.frames.event(type, entry));
  }

  onBookmark(resourceVersion: number, isInitialEnd: boolean): void {
    this.#write(this.frames.bookmark(resourceVersion, isInitialEnd));
  }

  onEnd(error: Error | undefined): void {
    if (error) this.#write(this.frames.error(statusOf(error)));
    if (this.#initial) this.#sink?.write(this.#initial);
    this.#finish();
  }

  stop(): void {
    this.#sink = undefined;
    this.#release();
  }

  #write(frame: Uint8Array): void {
    if (this.#initial) this.#initial.push(frame);
    else this.#sink?.write([frame]);
  }

  #timeOut(): void {
    // A last bookmark saves the client events when it watches on from there.
    if (this.#watcher && this.options.allowWatchBookmarks) this.cacher.bookmark(this.#watcher);
    this.#finish();
  }

  #finish(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#initial = undefined;
    this.#release();
    sink?.end();
  }

  #release(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #timeoutMs(): number {
    const { timeoutSeconds } = this.options;
    if (timeoutSeconds !== undefined && timeoutSeconds > 0) return Math.min(timeoutSeconds * 1000, 2 ** 31 - 1);
    const [min, max] = this.environment.watchTimeoutMs;
    return min + Math.random() * (max - min);
  }
}

function statusOf(error: Error): Status {
  const known = asStatusError(error);
  if (known) return known.status;
  if (error instanceof ExpiredError) return expired('The resourceVersion for the provided watch is too old.').status;
  return new StatusError({ code: 500, reason: 'InternalError', message: 'the watch cannot go on: list again' }).status;
}
