import type { Cacher, Entry, EventType, Selection, Watcher, WatchReceiver, WatchStart } from '../index.js';

/** A watch that keeps what it is told, as texts: `ADDED a/x 5`, `BOOKMARK 7`, `INITIAL-END 7`, `END`. */
export interface Recording extends WatchReceiver {
  readonly log: string[];
  readonly entries: Entry[];
  readonly errors: (Error | undefined)[];
  watcher: Watcher | undefined;
}

export const pathOf = ({ namespace, name }: Entry): string => (namespace === '' ? name : `${namespace}/${name}`);

export function recording(onEvent: (type: EventType, entry: Entry, self: Recording) => void = () => {}): Recording {
  const self: Recording = {
    log: [],
    entries: [],
    errors: [],
    watcher: undefined,
    onEvent(type, entry) {
      self.log.push(`${type} ${pathOf(entry)} ${entry.resourceVersion}`);
      self.entries.push(entry);
      onEvent(type, entry, self);
    },
    onBookmark(revision, isInitialEnd) {
      self.log.push(`${isInitialEnd ? 'INITIAL-END' : 'BOOKMARK'} ${revision}`);
    },
    onEnd(error) {
      self.log.push('END');
      self.errors.push(error);
    },
  };
  return self;
}

export function watchAll(cacher: Cacher, start: WatchStart, selection: Selection = {}, options: { bookmarks?: boolean } = {}): Recording {
  const receiver = recording();
  receiver.watcher = cacher.watch(selection, start, receiver, options);
  return receiver;
}
