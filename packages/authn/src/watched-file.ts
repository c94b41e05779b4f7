/** Files that are read again when they change: certificates, keys, tokens (k8s.io/apiserver/pkg/server/dynamiccertificates). */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '@apiserver-kit/machinery';

export interface WatchedFileOptions {
  /** The file is looked at so often, whatever the operating system tells. Default one minute. */
  readonly pollMs?: number;
  readonly clock?: Clock;
  /** Told after each change. */
  readonly onChange?: () => void;
  /** Told why new content was not taken. What was read before stays. */
  readonly log?: (message: string, error: unknown) => void;
  /** Watches a directory. Default: the operating system's way. */
  readonly watchDirectory?: (directory: string, changed: () => void) => { close(): void };
}

/** What a file holds now. */
export interface WatchedFile<Value> extends AsyncDisposable {
  readonly path: string;
  /** What was made of the last content that could be read. */
  readonly value: Value;
  /** Looks now. */
  refresh(): void;
  close(): Promise<void>;
}

/**
 * Reads a file, and again when it changes. Its directory is watched, not the file: editors and Kubernetes' volumes put a new file, or a new
 * link, in the place of the old one. Where nothing can be watched, and for what watches miss, it is polled.
 *
 * @param parse makes a value of the text; what it throws keeps the value as it was.
 * @throws Error when the file cannot be read the first time, and what `parse` throws then.
 *
 * @example
 * const bundle = watchedFile('ca.crt', (pem) => { if (certificatesFromPem(pem).length === 0) throw new Error('no certificate'); return pem; });
 * x509({ clientCAs: () => bundle.value });
 */
export function watchedFile<Value>(path: string, parse: (text: string) => Value, options: WatchedFileOptions = {}): WatchedFile<Value> {
  const { pollMs = 60_000, clock = systemClock, onChange, log, watchDirectory = watchedByTheSystem } = options;
  let text = readFileSync(path, 'utf8');
  let value = parse(text);
  let isClosed = false;

  const refresh = (): void => {
    if (isClosed) return;
    try {
      const found = readFileSync(path, 'utf8');
      if (found === text) return;
      value = parse(found);
      text = found;
    } catch (error) {
      log?.(`cannot reload ${path}`, error);
      return;
    }
    onChange?.();
  };
  let cancelPoll: () => void;
  const poll = (): void => {
    cancelPoll = clock.after(pollMs, () => {
      refresh();
      poll();
    });
  };
  poll();
  let watcher: { close(): void } | undefined;
  try {
    watcher = watchDirectory(dirname(path), refresh);
  } catch (error) {
    // The system has no watches left: polling does, later.
    log?.(`cannot watch ${path}, it is polled`, error);
  }

  const close = (): Promise<void> => {
    isClosed = true;
    cancelPoll();
    watcher?.close();
    return Promise.resolve();
  };
  return {
    path,
    get value() {
      return value;
    },
    refresh,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function watchedByTheSystem(directory: string, changed: () => void): FSWatcher {
  const watcher = watch(directory, { persistent: false }, changed);
  // A directory that goes ends its watch; polling goes on.
  watcher.on('error', () => watcher.close());
  return watcher;
}
