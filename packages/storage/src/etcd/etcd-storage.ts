import { type Clock, systemClock } from '@apiserver-kit/machinery';
import { assertKey } from '../keys.js';
import {
  ClosedError,
  ExpiredError,
  FutureRevisionError,
  type GetResult,
  type KeyValue,
  type ListOptions,
  type ListResult,
  type MaybePromise,
  type Storage,
  type Watch,
  type WatchOptions,
  type WatchSink,
  type WriteResult,
} from '../storage.js';
import { compactRevisionKey, revisionIn, runCompactor } from './compactor.js';
import { EtcdClient, type EtcdClientOptions, type IRequestOp, type IResponseOp } from './etcd-client.js';
import { isCompacted, isFuture, isLeaseGone } from './etcd-error.js';
import { Feed } from './feed.js';
import { Leases } from './leases.js';
import { entryOf, listPages } from './page.js';
import { keyBytes, noKey } from './range.js';
import { Shared } from './shared.js';
import { askCompactedRevision } from './watch-stream.js';
import { WriteOrder } from './write-order.js';

export interface EtcdStorageOptions extends EtcdClientOptions {
  /** What the keys of the server start with; the health check reads a key under it. Default `/registry`. */
  readonly prefix?: string;
  /** How long history is kept, in ms: etcd is compacted as often, by one of all servers that use it. Default five minutes; 0 leaves it to others. */
  readonly compactionIntervalMs?: number;
  /** Hears when etcd is lost and when it is back, and of compactions that fail. Default: nobody. */
  readonly log?: (text: string, error?: Error) => void;
  readonly clock?: Clock;
}

/** Storage in etcd. Everything but `watch` is a promise. */
export interface EtcdStorage extends Storage {
  get(key: string, options?: { readonly revision?: number }): Promise<GetResult>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  create(key: string, value: Uint8Array, options?: { readonly ttlSeconds?: number }): Promise<WriteResult>;
  update(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly ttlSeconds?: number }): Promise<WriteResult>;
  delete(key: string, expectedRevision: number): Promise<WriteResult>;
  revision(): Promise<number>;
  compact(revision: number): Promise<void>;
  /** As far as this server has heard: others may have compacted further. */
  compactedRevision(): MaybePromise<number>;
  /** Reads from etcd, as the reference does to find out whether it is well. @throws EtcdError when it is not, or does not answer in time. */
  health(timeoutMs?: number): Promise<void>;
}

/**
 * Opens a storage in etcd. Nothing is waited for: an etcd that cannot be reached is tried again by every call until its time is up, and by
 * watches for ever.
 * @throws Error for options that cannot be right.
 */
export const etcdStorage = (options: EtcdStorageOptions): EtcdStorage => new Etcd(options);

const asBuffer = (value: Uint8Array): Buffer => (Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength));

class Etcd implements EtcdStorage {
  readonly #client: EtcdClient;
  readonly #feed: Feed;
  readonly #leases: Leases;
  readonly #order = new WriteOrder();
  readonly #newest = new Shared(() => this.#readRevision());
  readonly #healthKey: Buffer;
  readonly #stopCompactor: () => void;
  /** How far history is known to be gone; undefined before anybody has asked. */
  #compacted: number | undefined = undefined;
  /** While a watch that is to begin now does not know yet which revision that is: writes wait, so that it hears of them. */
  #beginning: Promise<unknown> | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  constructor({ prefix = '/registry', compactionIntervalMs = 5 * 60_000, log = () => {}, clock = systemClock, ...connection }: EtcdStorageOptions) {
    this.#client = new EtcdClient(connection);
    this.#leases = new Leases(this.#client, clock);
    this.#healthKey = Buffer.from(`${prefix.replace(/\/+$/, '')}/health`);
    this.#feed = new Feed(this.#client, {
      onEvents: (events) => {
        for (const { key, value } of events) if (key === compactRevisionKey) this.#heardOf(revisionIn(value));
      },
      onLost: (error) => log(`${error.message}; trying again`, error),
      onBack: () => log('etcd answers again'),
    });
    this.#stopCompactor =
      compactionIntervalMs > 0
        ? runCompactor(this.#client, compactionIntervalMs, clock, {
            onCompacted: (revision) => this.#heardOf(revision),
            onFailed: (error) => log(`etcd could not be compacted: ${error.message}`, error),
          })
        : () => {};
  }

  async get(key: string, { revision = 0 }: { readonly revision?: number } = {}): Promise<GetResult> {
    this.#assertReadable(revision);
    const { revision: read, kvs } = await this.#read(revision, this.#client.range({ key: keyBytes(key), revision }));
    return { kv: kvs[0], revision: revision || read };
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const { revision = 0 } = options;
    this.#assertReadable(revision);
    return this.#read(revision, listPages(this.#client, prefix, options));
  }

  async create(key: string, value: Uint8Array, { ttlSeconds = 0 }: { readonly ttlSeconds?: number } = {}): Promise<WriteResult> {
    assertKey(key);
    return this.#put(key, value, 0, ttlSeconds);
  }

  async update(key: string, value: Uint8Array, expectedRevision: number, { ttlSeconds = 0 }: { readonly ttlSeconds?: number } = {}): Promise<WriteResult> {
    // To etcd a key that is not there is at revision 0; nothing is ever at a negative one.
    return this.#put(key, value, expectedRevision > 0 ? expectedRevision : -1, ttlSeconds);
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    const bytes = keyBytes(key);
    const resultOf = (revision: number, [deleted]: readonly IResponseOp[]): KeyValue => {
      const { value, createRevision } = entryOf(deleted!.response_delete_range.prev_kvs[0]!);
      return { key, value, createRevision, modRevision: revision };
    };
    const operations: IRequestOp[] = [{ request_delete_range: { key: bytes, prev_kv: true } }];
    return this.#write(key, () => this.#transact(bytes, expectedRevision > 0 ? expectedRevision : -1, operations, resultOf));
  }

  watch(prefix: string, { afterRevision }: WatchOptions, sink: WatchSink): Watch {
    this.#assertOpen();
    // Now is what this server has heard of last: no later than its own next write.
    const after = afterRevision ?? this.#client.known;
    if (afterRevision !== undefined || after > 0) return this.#feed.watch(prefix, after, sink);
    const beginning = this.#newest.get();
    const ended = beginning.then(
      () => {},
      () => {},
    );
    this.#beginning = ended;
    return this.#feed.watch(prefix, beginning, sink);
  }

  async revision(): Promise<number> {
    this.#assertOpen();
    return this.#newest.get();
  }

  async compact(revision: number): Promise<void> {
    this.#assertOpen();
    try {
      await this.#client.compact({ revision });
    } catch (error) {
      if (isFuture(error)) throw new FutureRevisionError(revision, await this.#newest.get());
      if (!isCompacted(error)) throw error;
    }
    if (this.#compacted === undefined) await this.#askCompacted();
    this.#heardOf(revision);
  }

  compactedRevision(): MaybePromise<number> {
    if (this.#closing) return Promise.reject(new ClosedError());
    return this.#compacted ?? this.#askCompacted();
  }

  async health(timeoutMs = 2_000): Promise<void> {
    this.#assertOpen();
    await this.#client.range({ key: this.#healthKey }, timeoutMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stopCompactor();
    this.#feed.close(new ClosedError());
    this.#client.stop();
    await this.#order.idle();
    this.#client.close();
  }

  #assertOpen(): void {
    if (this.#closing) throw new ClosedError();
  }

  // --- reads -------------------------------------------------------------------------------------------------------------------------

  #assertReadable(revision: number): void {
    this.#assertOpen();
    if (revision > 0 && this.#compacted !== undefined && revision < this.#compacted) throw new ExpiredError(this.#compacted);
  }

  /** The answer of a read, or what its failure means to callers. */
  async #read<T>(revision: number, reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (isFuture(error)) throw new FutureRevisionError(revision, await this.#newest.get());
      if (!isCompacted(error)) throw error;
      const compacted = await askCompactedRevision(this.#client, revision);
      this.#heardOf(compacted);
      throw new ExpiredError(compacted);
    }
  }

  async #readRevision(): Promise<number> {
    return (await this.#client.range({ key: noKey, count_only: true })).revision;
  }

  /** Finds out how far etcd has been compacted; it says so only of a revision that is gone. */
  async #askCompacted(): Promise<number> {
    try {
      await this.#client.range({ key: noKey, revision: 1 });
      this.#heardOf(0);
    } catch (error) {
      if (!isCompacted(error)) throw error;
      this.#heardOf(await askCompactedRevision(this.#client, 1));
    }
    return this.#compacted!;
  }

  #heardOf(compacted: number): void {
    this.#compacted = Math.max(this.#compacted ?? 0, compacted);
  }

  // --- writes ------------------------------------------------------------------------------------------------------------------------

  #put(key: string, value: Uint8Array, expected: number, ttlSeconds: number): Promise<WriteResult> {
    const bytes = keyBytes(key);
    const resultOf = (revision: number, [, written]: readonly IResponseOp[]): KeyValue => {
      const createRevision = written ? Number(written.response_range.kvs[0]!.create_revision) : revision;
      return { key, value, createRevision, modRevision: revision };
    };
    const put = async (): Promise<WriteResult> => {
      const lease = ttlSeconds > 0 ? await this.#leases.get(ttlSeconds) : '0';
      const operations: IRequestOp[] = [{ request_put: { key: bytes, value: asBuffer(value), lease } }];
      if (expected > 0) operations.push({ request_range: { key: bytes, keys_only: true } });
      try {
        return await this.#transact(bytes, expected, operations, resultOf);
      } catch (error) {
        if (!isLeaseGone(error)) throw error;
        this.#leases.forget(lease);
        return put();
      }
    };
    return this.#write(key, put);
  }

  #write(key: string, write: () => Promise<WriteResult>): Promise<WriteResult> {
    this.#assertOpen();
    return this.#order.run(key, async () => {
      if (this.#beginning) await this.#beginning;
      return write();
    });
  }

  /** Does it if the key is at the expected revision; says what is there if not. */
  async #transact(
    key: Buffer,
    expected: number,
    operations: IRequestOp[],
    resultOf: (revision: number, responses: readonly IResponseOp[]) => KeyValue,
  ): Promise<WriteResult> {
    const { header, succeeded, responses } = await this.#client.txn({
      compare: [{ key, target: 'Mod', result: 'Equal', mod_revision: expected }],
      success: operations,
      failure: [{ request_range: { key } }],
    });
    const revision = Number(header.revision);
    if (succeeded) return { ok: true, kv: resultOf(revision, responses) };
    const current = responses[0]!.response_range.kvs[0];
    return { ok: false, current: current && entryOf(current), revision };
  }
}
