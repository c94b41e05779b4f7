/**
 * What clients did and saw while something went wrong, and whether it fits the storage's own account of it.
 *
 * The account is the storage's events from the beginning, read when all is over. Against it, each client's memory must be true: a write that
 * was acknowledged is in it at its revision, and in the order of time; what nobody asked for is not; a read saw the state of its revision, and
 * one no older than what had been acknowledged to anybody; a watch was told exactly its part, and never said to be further than it was.
 */
import type { GetResult, MaybePromise, Storage, StorageEvent, Watch, WriteResult } from '../storage.js';

type WriteOp = 'create' | 'update' | 'delete';

interface Write {
  readonly op: WriteOp;
  readonly key: string;
  readonly value: string;
  readonly began: number;
  readonly ended: number;
  /** 0: nobody knows whether it was done. */
  readonly revision: number;
}

interface Read {
  readonly began: number;
  readonly ended: number;
  readonly revision: number;
  readonly key: string;
  readonly modRevision: number;
  readonly value: string | undefined;
}

interface Watched {
  readonly prefix: string;
  readonly after: number;
  readonly told: ({ readonly events: readonly StorageEvent[] } | { readonly progress: number })[];
  readonly errors: Error[];
}

/** A watch that is part of a history. */
export interface HistoryWatch extends Watched {
  readonly watch: Watch;
  /** Resolves when the watch has said that it has come to the revision, or has ended. */
  reached(revision: number): Promise<void>;
}

const text = (value: Uint8Array): string => Buffer.from(value).toString();

export class History {
  readonly #writes: Write[] = [];
  readonly #reads: Read[] = [];
  readonly #watches: HistoryWatch[] = [];
  #time = 0;

  /** How many writes have been acknowledged. */
  get acknowledged(): number {
    return this.#writes.filter(({ revision }) => revision > 0).length;
  }

  /** How many writes have failed without it being known whether they were done. */
  get unknown(): number {
    return this.#writes.length - this.acknowledged;
  }

  /** Writes and remembers it; no value may be written twice. @returns the result; undefined when the call failed. */
  create(storage: Storage, key: string, value: string): Promise<WriteResult | undefined> {
    return this.#write('create', key, value, () => storage.create(key, Buffer.from(value)));
  }

  /** As `create`. */
  update(storage: Storage, key: string, value: string, expectedRevision: number): Promise<WriteResult | undefined> {
    return this.#write('update', key, value, () => storage.update(key, Buffer.from(value), expectedRevision));
  }

  /** As `create`. */
  delete(storage: Storage, key: string, expectedRevision: number): Promise<WriteResult | undefined> {
    return this.#write('delete', key, '', () => storage.delete(key, expectedRevision));
  }

  async #write(op: WriteOp, key: string, value: string, write: () => MaybePromise<WriteResult>): Promise<WriteResult | undefined> {
    const began = this.#time++;
    const note = (revision: number): void => void this.#writes.push({ op, key, value, began, ended: this.#time++, revision });
    try {
      const result = await write();
      if (result.ok) note(result.kv.modRevision);
      return result;
    } catch {
      note(0);
      return undefined;
    }
  }

  /** Reads a key and remembers what was there. @returns the result; undefined when it failed. */
  async read(storage: Storage, key: string): Promise<GetResult | undefined> {
    const began = this.#time++;
    try {
      const result = await storage.get(key);
      const { kv, revision } = result;
      this.#reads.push({ began, ended: this.#time++, revision, key, modRevision: kv?.modRevision ?? 0, value: kv && text(kv.value) });
      return result;
    } catch {
      return undefined;
    }
  }

  /** Opens a watch and remembers what it is told. */
  watch(storage: Storage, prefix: string, after: number): HistoryWatch {
    const told: Watched['told'] = [];
    const errors: Error[] = [];
    let waiting: { readonly revision: number; readonly resolve: () => void }[] = [];
    const wake = (reached: number): void => {
      waiting = waiting.filter(({ revision, resolve }) => {
        if (revision <= reached) resolve();
        return revision > reached;
      });
    };
    const watch = storage.watch(
      prefix,
      { afterRevision: after },
      {
        onEvents: (events) => void told.push({ events }),
        onProgress: (progress) => {
          told.push({ progress });
          wake(progress);
        },
        onError: (error) => {
          errors.push(error);
          wake(Number.POSITIVE_INFINITY);
        },
      },
    );
    const reached = (revision: number): Promise<void> =>
      new Promise((resolve) => {
        if (errors.length > 0) return resolve();
        waiting.push({ revision, resolve });
        watch.requestProgress();
      });
    const watched = { prefix, after, told, errors, watch, reached };
    this.#watches.push(watched);
    return watched;
  }

  /**
   * Compares everything that is remembered with what happened.
   * @param account all events of the storage, from before the first that is remembered.
   * @throws Error that says what does not fit.
   */
  check(account: readonly StorageEvent[]): void {
    checkChain(account);
    checkWrites(account, this.#writes);
    checkReads(account, this.#reads, this.#writes);
    for (const watched of this.#watches) checkWatch(account, watched);
  }
}

function expect(claim: boolean, sentence: () => string): void {
  if (!claim) throw new Error(`the history does not fit: ${sentence()}`);
}

/** Each event follows from the one before it of its key, and revisions never go back. */
function checkChain(account: readonly StorageEvent[]): void {
  const state = new Map<string, number>();
  let newest = 0;
  for (const { type, key, revision, prevRevision } of account) {
    expect(revision > newest, () => `revision ${revision} comes after ${newest}`);
    newest = revision;
    expect((state.get(key) ?? 0) === prevRevision, () => `${key} at ${revision} follows ${prevRevision}, but ${state.get(key)} was there`);
    state.set(key, type === 'delete' ? 0 : revision);
  }
}

const happened = ({ op, key, value }: Write, event: StorageEvent | undefined): boolean =>
  event?.key === key && (op === 'delete' ? event.type === 'delete' : event.type === 'put' && text(event.value) === value);

function checkWrites(account: readonly StorageEvent[], writes: readonly Write[]): void {
  const byRevision = new Map(account.map((event) => [event.revision, event]));
  const asked = new Set(writes.filter(({ op }) => op !== 'delete').map(({ value }) => value));
  const deleted = new Set(writes.filter(({ op }) => op === 'delete').map(({ key }) => key));
  const done = new Set<string>();
  for (const event of account) {
    const value = text(event.value);
    if (event.type === 'put') expect(!done.has(value) && asked.has(value), () => `${value} at ${event.revision} was written twice, or by nobody`);
    else expect(deleted.has(event.key), () => `${event.key} was deleted at ${event.revision} by nobody`);
    if (event.type === 'put') done.add(value);
  }
  let before = 0;
  const ends = writes.filter(({ revision }) => revision > 0).sort((a, b) => a.ended - b.ended);
  let next = 0;
  for (const write of [...ends].sort((a, b) => a.began - b.began)) {
    for (; next < ends.length && ends[next]!.ended < write.began; next++) before = Math.max(before, ends[next]!.revision);
    expect(happened(write, byRevision.get(write.revision)), () => `${write.op} of ${write.key} was acknowledged at ${write.revision}, and is not there`);
    expect(write.revision > before, () => `${write.op} of ${write.key} at ${write.revision} began after ${before} had been acknowledged`);
  }
}

function checkReads(account: readonly StorageEvent[], reads: readonly Read[], writes: readonly Write[]): void {
  const histories = new Map<string, StorageEvent[]>();
  for (const event of account) histories.set(event.key, [...(histories.get(event.key) ?? []), event]);
  const seen = [...writes.filter(({ revision }) => revision > 0), ...reads].sort((a, b) => a.ended - b.ended);
  let before = 0;
  let next = 0;
  for (const { began, revision, key, modRevision, value } of [...reads].sort((a, b) => a.began - b.began)) {
    for (; next < seen.length && seen[next]!.ended < began; next++) before = Math.max(before, seen[next]!.revision);
    expect(revision >= before, () => `a read of ${key} saw revision ${revision} after ${before} had been seen`);
    const then = histories.get(key)?.findLast((event) => event.revision <= revision);
    const isThere = then?.type === 'put';
    const isTrue = modRevision === (isThere ? then.revision : 0) && value === (isThere ? text(then.value) : undefined);
    expect(isTrue, () => `a read of ${key} as of ${revision} saw what was written at ${modRevision}; the last write was ${then?.type} at ${then?.revision}`);
  }
}

function checkWatch(account: readonly StorageEvent[], { prefix, after, told, errors }: Watched): void {
  const due = account.filter(({ key, revision }) => revision > after && key.startsWith(prefix));
  let at = 0;
  for (const item of told) {
    if ('progress' in item) {
      const missing = due[at];
      expect(!missing || missing.revision > item.progress, () => `a watch of ${prefix} was at ${item.progress} before it was told of ${missing?.revision}`);
      continue;
    }
    for (const event of item.events) {
      const expected = due[at++];
      expect(isSame(event, expected), () => `a watch of ${prefix} after ${after} was told of ${event.revision} when ${expected?.revision} was due`);
    }
  }
  expect(errors.length > 0 || at === due.length, () => `a watch of ${prefix} after ${after} was not told of ${due[at]?.revision}`);
}

const isSame = (a: StorageEvent, b: StorageEvent | undefined): boolean =>
  b !== undefined &&
  a.type === b.type &&
  a.key === b.key &&
  a.revision === b.revision &&
  a.prevRevision === b.prevRevision &&
  text(a.value) === text(b.value) &&
  text(a.prevValue ?? Buffer.of()) === text(b.prevValue ?? Buffer.of());
