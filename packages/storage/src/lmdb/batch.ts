import type { StorageEvent, WriteResult } from '../storage.js';
import type { EntryRecord } from './codecs.js';
import type { Environment } from './environment.js';
import type { At } from './page.js';
import { entryNow } from './past.js';

/**
 * Writes that will be committed together. They see the snapshot with the earlier writes of the batch over it, and are written down here
 * until all have been decided on.
 */
export class Batch {
  readonly events: StorageEvent[] = [];
  /** Whether leases have been taken away. */
  hasExpired = false;
  readonly #entries = new Map<string, EntryRecord | undefined>();
  readonly #changes: (() => void)[] = [];

  constructor(
    readonly environment: Environment,
    readonly at: At,
    public revision: number,
    public compacted: number,
    readonly nowMs: number,
  ) {}

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  entry(key: string): EntryRecord | undefined {
    return this.#entries.has(key) ? this.#entries.get(key) : entryNow(this.environment, this.at, key);
  }

  /** Nothing is written: what a failed comparison answers. */
  refused(key: string, current: EntryRecord | undefined): WriteResult {
    return {
      ok: false,
      current: current && { key, value: current.value, createRevision: current.createRevision, modRevision: current.modRevision },
      revision: this.revision,
    };
  }

  put(key: string, value: Uint8Array, before: EntryRecord | undefined, ttlSeconds = 0): WriteResult {
    const revision = ++this.revision;
    const record: EntryRecord = { createRevision: before?.createRevision ?? revision, modRevision: revision, value };
    this.#entries.set(key, record);
    this.events.push({ type: 'put', key, value, prevValue: before?.value, prevRevision: before?.modRevision ?? 0, revision });
    this.#record(revision, key, before, record);
    if (ttlSeconds > 0) {
      const endMs = Math.ceil(this.nowMs + ttlSeconds * 1000);
      this.#changes.push(() => this.environment.leases.put([endMs, revision], key));
    }
    return { ok: true, kv: { key, value, createRevision: record.createRevision, modRevision: revision } };
  }

  delete(key: string, before: EntryRecord): WriteResult {
    const revision = ++this.revision;
    const { value, createRevision, modRevision } = before;
    this.#entries.set(key, undefined);
    this.events.push({ type: 'delete', key, value, prevValue: value, prevRevision: modRevision, revision });
    this.#record(revision, key, before, undefined);
    return { ok: true, kv: { key, value, createRevision, modRevision: revision } };
  }

  /** Ends a lease, and with it the key if it is still at the lease's revision. */
  expire(lease: [number, number], key: string): void {
    this.hasExpired = true;
    this.#changes.push(() => this.environment.leases.remove(lease));
    const before = this.entry(key);
    if (before?.modRevision === lease[1]) this.delete(key, before);
  }

  /** Says what has been compacted; the records go with {@link purge}. */
  compact(revision: number): void {
    if (revision <= this.compacted) return;
    this.compacted = revision;
    this.#changes.push(() => this.environment.meta.put('compacted', revision));
  }

  /** Takes away up to `limit` records of the log from before a revision that has been compacted to; says whether all are gone. */
  purge(compacted: number, limit: number): boolean {
    const { log, changes } = this.environment;
    let count = 0;
    for (const { key, value } of log.getRange({ start: 0, end: compacted + 1, limit, ...this.at })) {
      const revision = key as number;
      this.#changes.push(() => {
        void log.remove(revision);
        void changes.remove([value.key, revision]);
      });
      count++;
    }
    return count < limit;
  }

  /**
   * Puts everything on disk in one transaction. Rejects when nothing of it could be written.
   * The promises of its parts are void: lmdb settles them with that of the whole.
   */
  async commit(): Promise<void> {
    const { root, meta } = this.environment;
    try {
      await root.batch(() => {
        for (const change of this.#changes) change();
        if (this.events.length > 0) void meta.put('revision', this.revision);
      });
    } catch (error) {
      // lmdb says why in a promise of its own.
      const cause = await (error as { commitError?: Promise<unknown> }).commitError?.catch((reason: unknown) => reason);
      throw new Error(`the storage could not write to disk: ${(cause as Error | undefined)?.message ?? (error as Error).message}`, { cause: cause ?? error });
    }
  }

  #record(revision: number, key: string, before: EntryRecord | undefined, after: EntryRecord | undefined): void {
    const { current, log, changes } = this.environment;
    this.#changes.push(() => {
      if (after) void current.put(key, after);
      else void current.remove(key);
      void log.put(revision, { isDeletion: !after, atMs: this.nowMs, key, before });
      void changes.put([key, revision], { wasThere: before !== undefined, isThere: after !== undefined });
    });
  }
}
