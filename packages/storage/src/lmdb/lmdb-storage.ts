import { mkdirSync } from 'node:fs';
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { Transaction } from 'lmdb';
import { assertKey } from '../keys.js';
import {
  ClosedError,
  ExpiredError,
  FutureRevisionError,
  type GetResult,
  type ListOptions,
  type ListResult,
  type Storage,
  type Watch,
  type WatchOptions,
  type WatchSink,
  type WriteResult,
} from '../storage.js';
import { Watchers } from '../watchers.js';
import { Batch } from './batch.js';
import { type Environment, openEnvironment, syncDirectories } from './environment.js';
import type { At } from './page.js';
import { entryNow, entryThen, eventsAfter, listNow, listThen } from './past.js';

export interface LmdbStorageOptions {
  /** The directory of the database; it is made if need be. */
  readonly path: string;
  /** How long events are kept, in ms. Default five minutes. */
  readonly historyMs?: number;
  /** Events kept at most. Up to an eighth more are kept, so that they go in bulk. Default 100,000. */
  readonly historyEvents?: number;
  /** Address space to begin with, in bytes; it grows as the database does and costs no memory. Default 1 GiB. */
  readonly mapBytes?: number;
  readonly clock?: Clock;
}

/** Storage on this machine's disk. Reads answer at once; a write's promise resolves when it is on disk. */
export interface LmdbStorage extends Storage {
  get(key: string, options?: { readonly revision?: number }): GetResult;
  list(prefix: string, options?: ListOptions): ListResult;
  create(key: string, value: Uint8Array, options?: { readonly ttlSeconds?: number }): Promise<WriteResult>;
  update(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly ttlSeconds?: number }): Promise<WriteResult>;
  delete(key: string, expectedRevision: number): Promise<WriteResult>;
  revision(): number;
  compact(revision: number): Promise<void>;
  compactedRevision(): number;
  /** Copies the database as it is at one moment into a directory, where it can be opened. Writes go on meanwhile. Rejects when one is there. */
  backup(path: string): Promise<void>;
}

/**
 * Opens a database on disk.
 * @throws DatabaseInUseError when it is open already, here or in another process; Error for what the file system refuses.
 */
export const lmdbStorage = (options: LmdbStorageOptions): LmdbStorage => new Lmdb(options);

/** A write that waits for its turn: what it does once it is, and who waits for it. */
interface Job {
  run(batch: Batch): void;
  resolve(): void;
  reject(error: unknown): void;
}

const maxBatch = 4096;
const purgeStep = 512;
const leaseStep = 512;
const longestTimerMs = 2 ** 31 - 1;

/**
 * One batch is on its way to disk at a time; what is asked for meanwhile makes up the next one (group commit). Readers stay on the snapshot
 * of the last finished batch, so that nobody sees a write before it is durable, nor a state between two revisions. When a batch is on disk:
 * first the snapshot moves on, then watches are told, then writers.
 */
class Lmdb implements LmdbStorage {
  readonly #clock: Clock;
  readonly #historyMs: number;
  readonly #historyEvents: number;
  readonly #environment: Environment;
  readonly #watchers: Watchers;
  #snapshot: Transaction;
  #at: At;
  #revision: number;
  #compacted: number;
  /** Whether records of the log from before the compacted revision are left to take away. */
  #hasGarbage: boolean;
  #jobs: Job[] = [];
  #committing: Promise<void> | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  #leaseAlarm: { readonly atMs: number; readonly cancel: () => void } | undefined = undefined;
  #cancelHistoryAlarm: (() => void) | undefined = undefined;
  #isCompacting = false;

  constructor({ path, historyMs = 5 * 60_000, historyEvents = 100_000, mapBytes = 1 << 30, clock = systemClock }: LmdbStorageOptions) {
    this.#clock = clock;
    this.#historyMs = historyMs;
    this.#historyEvents = historyEvents;
    this.#environment = openEnvironment(path, mapBytes);
    const { meta, log } = this.#environment;
    this.#snapshot = this.#environment.snapshot();
    this.#at = { transaction: this.#snapshot };
    this.#revision = meta.get('revision', this.#at)!;
    this.#compacted = meta.get('compacted', this.#at)!;
    this.#hasGarbage = log.getKeysCount({ start: 0, end: this.#compacted + 1, limit: 1, ...this.#at }) > 0;
    this.#watchers = new Watchers(this.#revision);
    this.#setLeaseAlarm();
    this.#setHistoryAlarm();
  }

  get(key: string, { revision }: { readonly revision?: number } = {}): GetResult {
    const now = this.#isNow(revision);
    if (now) return { kv: entryNow(this.#environment, this.#at, key), revision: this.#revision };
    return { kv: entryThen(this.#environment, this.#at, key, revision!), revision: revision! };
  }

  list(prefix: string, { revision, limit = 0, startKey }: ListOptions = {}): ListResult {
    const page = { prefix, startKey, limit };
    if (this.#isNow(revision)) return listNow(this.#environment, this.#at, this.#revision, page);
    return listThen(this.#environment, this.#at, revision!, this.#revision, page);
  }

  async create(key: string, value: Uint8Array, { ttlSeconds }: { readonly ttlSeconds?: number } = {}): Promise<WriteResult> {
    assertKey(key);
    return this.#write((batch) => {
      const current = batch.entry(key);
      return current ? batch.refused(key, current) : batch.put(key, value, undefined, ttlSeconds);
    });
  }

  update(key: string, value: Uint8Array, expectedRevision: number, { ttlSeconds }: { readonly ttlSeconds?: number } = {}): Promise<WriteResult> {
    return this.#write((batch) => {
      const current = batch.entry(key);
      return current?.modRevision === expectedRevision ? batch.put(key, value, current, ttlSeconds) : batch.refused(key, current);
    });
  }

  delete(key: string, expectedRevision: number): Promise<WriteResult> {
    return this.#write((batch) => {
      const current = batch.entry(key);
      return current?.modRevision === expectedRevision ? batch.delete(key, current) : batch.refused(key, current);
    });
  }

  watch(prefix: string, { afterRevision }: WatchOptions, sink: WatchSink): Watch {
    this.#assertOpen();
    const after = afterRevision ?? this.#revision;
    if (after < this.#compacted) return this.#watchers.refuse(prefix, sink, new ExpiredError(this.#compacted));
    const past = after < this.#revision ? eventsAfter(this.#environment, this.#at, prefix, after, this.#revision) : [];
    return this.#watchers.add(prefix, sink, after, past);
  }

  revision(): number {
    this.#assertOpen();
    return this.#revision;
  }

  compact(revision: number): Promise<void> {
    return this.#write((batch) => {
      if (revision > batch.revision) throw new FutureRevisionError(revision, batch.revision);
      batch.compact(revision);
    });
  }

  compactedRevision(): number {
    this.#assertOpen();
    return this.#compacted;
  }

  async backup(path: string): Promise<void> {
    this.#assertOpen();
    mkdirSync(path, { recursive: true, mode: 0o700 });
    await this.#environment.root.backup(path, true);
    syncDirectories(path);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#leaseAlarm?.cancel();
    this.#cancelHistoryAlarm?.();
    // Garbage that is left is taken away by whoever opens next.
    this.#hasGarbage = false;
    await this.#committing;
    this.#watchers.close();
    this.#snapshot.done();
    await this.#environment.close();
  }

  #assertOpen(): void {
    if (this.#closing) throw new ClosedError();
  }

  /** Whether a read is one of the newest state. */
  #isNow(revision: number | undefined): boolean {
    this.#assertOpen();
    if (!revision || revision === this.#revision) return true;
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision < this.#compacted) throw new ExpiredError(this.#compacted);
    return false;
  }

  #write<T>(run: (batch: Batch) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      let result: T;
      this.#jobs.push({
        run: (batch) => {
          result = run(batch);
        },
        resolve: () => resolve(result),
        reject,
      });
      this.#committing ??= this.#commitAll();
    });
  }

  /** Commits batches until nothing is left to do. */
  async #commitAll(): Promise<void> {
    // Writes that are asked for in the same breath share a batch.
    await undefined;
    do {
      const jobs = this.#jobs.splice(0, maxBatch);
      await this.#commitOne(jobs);
    } while (this.#jobs.length > 0 || this.#hasGarbage);
    this.#committing = undefined;
  }

  async #commitOne(jobs: readonly Job[]): Promise<void> {
    const batch = new Batch(this.#environment, this.#at, this.#revision, this.#compacted, this.#clock.now());
    const accepted = jobs.filter((job) => {
      try {
        job.run(batch);
        return true;
      } catch (error) {
        job.reject(error);
        return false;
      }
    });
    const isPurged = !this.#hasGarbage || batch.purge(this.#compacted, purgeStep);
    try {
      if (!batch.isEmpty) await batch.commit();
    } catch (error) {
      // The next write tries again; without one there is no hurry.
      this.#hasGarbage = false;
      for (const job of accepted) job.reject(error);
      return;
    }
    this.#publish(batch, isPurged);
    for (const job of accepted) job.resolve();
  }

  #publish(batch: Batch, isPurged: boolean): void {
    if (!batch.isEmpty) {
      const previous = this.#snapshot;
      this.#snapshot = this.#environment.snapshot();
      previous.done();
      this.#at = { transaction: this.#snapshot };
    }
    const hasCompacted = batch.compacted > this.#compacted;
    this.#revision = batch.revision;
    this.#compacted = batch.compacted;
    this.#hasGarbage = !this.#closing && (hasCompacted || !isPurged);
    if (batch.hasExpired) this.#leaseAlarm = undefined;
    if (!this.#closing) {
      this.#setLeaseAlarm();
      this.#setHistoryAlarm();
    }
    this.#watchers.publish(batch.events);
    if (!this.#closing && this.#revision - this.#compacted > this.#historyEvents * 1.125) this.#compactTo(this.#revision - this.#historyEvents);
  }

  // --- leases ------------------------------------------------------------------------------------------------------------------------

  #setLeaseAlarm(): void {
    for (const lease of this.#environment.leases.getKeys({ start: [0, 0], limit: 1, ...this.#at })) {
      const [atMs] = lease as [number, number];
      if (this.#leaseAlarm && this.#leaseAlarm.atMs <= atMs) return;
      this.#leaseAlarm?.cancel();
      const delay = atMs - this.#clock.now();
      if (delay > 0) {
        this.#leaseAlarm = { atMs, cancel: this.#clock.after(Math.min(delay, longestTimerMs), () => this.#expire()) };
      } else {
        this.#leaseAlarm = { atMs, cancel: () => {} };
        this.#expire();
      }
    }
  }

  #expire(): void {
    const now = this.#clock.now();
    const due = [...this.#environment.leases.getRange({ start: [0, 0], end: [now + 1, 0], limit: leaseStep, ...this.#at })];
    const ended = this.#write((batch) => {
      for (const { key: lease, value: key } of due) batch.expire(lease as [number, number], key);
    });
    // The alarm stays set until the leases are gone, so that they are not taken twice. If that fails, the next write sets it again.
    ended.catch(() => {
      this.#leaseAlarm = undefined;
    });
  }

  // --- history -----------------------------------------------------------------------------------------------------------------------

  /** One timer while there is history: it looks a few times per `historyMs` for what is too old. */
  #setHistoryAlarm(): void {
    if (this.#cancelHistoryAlarm || this.#revision <= Math.max(this.#compacted, 1)) return;
    this.#cancelHistoryAlarm = this.#clock.after(Math.min(Math.max(this.#historyMs / 5, 1), longestTimerMs), () => {
      this.#cancelHistoryAlarm = undefined;
      this.#compactTo(this.#outdated());
      this.#setHistoryAlarm();
    });
  }

  /** The newest revision that is older than the history is to be. */
  #outdated(): number {
    const before = this.#clock.now() - this.#historyMs;
    let low = Math.max(this.#compacted, 1);
    let high = this.#revision;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#environment.log.get(middle, this.#at)!.atMs <= before) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #compactTo(revision: number): void {
    if (this.#isCompacting || revision <= Math.max(this.#compacted, 1)) return;
    this.#isCompacting = true;
    const done = (): void => {
      this.#isCompacting = false;
    };
    // What fails here is tried again as history goes on; a disk that fails is told to the writers.
    this.compact(revision).then(done, done);
  }
}
