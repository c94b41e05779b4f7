import type {
  GetResult,
  KeyValue,
  ListOptions,
  ListResult,
  MaybePromise,
  Storage,
  StorageEvent,
  Watch,
  WatchOptions,
  WatchSink,
  WriteResult,
} from '../storage.js';
import type { Encryption } from './encryption.js';
import { type ResourceOfKey, resourceOfKeys } from './resource-of-key.js';

/** A value that cannot be read: it was encrypted with a secret that is not configured, or has been changed. */
export class TransformError extends Error {
  constructor(
    readonly key: string,
    cause: Error,
  ) {
    super(`unable to transform key ${JSON.stringify(key)}: ${cause.message}`, { cause });
    this.name = 'TransformError';
  }
}

/**
 * A storage whose values are encrypted on their way in and decrypted on their way out; keys stay as they are. It answers at once where the
 * storage below does. Reads of a value that cannot be decrypted fail with TransformError, and so do the lists that it is in; a watch that
 * comes to one ends with it.
 *
 * @example
 * encryptedStorage(lmdbStorage({ path: './data' }), encryptionFile('/etc/apiserver/encryption.yaml'));
 */
export const encryptedStorage = (storage: Storage, encryption: Encryption, resourceOf: ResourceOfKey = resourceOfKeys('/registry')): Storage =>
  new Encrypted(storage, encryption, resourceOf);

function chain<A, B>(value: MaybePromise<A>, next: (value: A) => B): MaybePromise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

class Encrypted implements Storage {
  constructor(
    private readonly storage: Storage,
    private readonly encryption: Encryption,
    private readonly resourceOf: ResourceOfKey,
  ) {}

  get(key: string, options?: { readonly revision?: number }): MaybePromise<GetResult> {
    return chain(this.storage.get(key, options), ({ kv, revision }) => ({ kv: kv && this.#decrypted(kv), revision }));
  }

  list(prefix: string, options?: ListOptions): MaybePromise<ListResult> {
    return chain(this.storage.list(prefix, options), (result) => ({ ...result, kvs: result.kvs.map((kv) => this.#decrypted(kv)) }));
  }

  create(key: string, value: Uint8Array, options?: { readonly ttlSeconds?: number }): MaybePromise<WriteResult> {
    return chain(this.storage.create(key, this.#encrypt(key, value), options), (result) => this.#written(result, value));
  }

  update(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly ttlSeconds?: number }): MaybePromise<WriteResult> {
    return chain(this.storage.update(key, this.#encrypt(key, value), expectedRevision, options), (result) => this.#written(result, value));
  }

  delete(key: string, expectedRevision: number): MaybePromise<WriteResult> {
    return chain(this.storage.delete(key, expectedRevision), (result) => (result.ok ? { ok: true, kv: this.#decrypted(result.kv) } : this.#refused(result)));
  }

  watch(prefix: string, options: WatchOptions, sink: WatchSink): Watch {
    return this.storage.watch(prefix, options, {
      // What this throws ends the watch, and comes back as its error.
      onEvents: (events) => sink.onEvents(events.map((event) => this.#decryptedEvent(event))),
      onProgress: (revision) => sink.onProgress(revision),
      onError: (error) => sink.onError(error),
    });
  }

  revision(): MaybePromise<number> {
    return this.storage.revision();
  }

  compact(revision: number): MaybePromise<void> {
    return this.storage.compact(revision);
  }

  compactedRevision(): MaybePromise<number> {
    return this.storage.compactedRevision();
  }

  close(): Promise<void> {
    return this.storage.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #encrypt(key: string, value: Uint8Array): Uint8Array {
    return this.encryption.transformerFor(this.resourceOf(key)).toStorage(value, key);
  }

  #decrypt(key: string, stored: Uint8Array): Uint8Array {
    try {
      return this.encryption.transformerFor(this.resourceOf(key)).fromStorage(stored, key);
    } catch (error) {
      throw new TransformError(key, error as Error);
    }
  }

  #decrypted(kv: KeyValue): KeyValue {
    const value = this.#decrypt(kv.key, kv.value);
    return value === kv.value ? kv : { ...kv, value };
  }

  #decryptedEvent(event: StorageEvent): StorageEvent {
    const { type, key, value: stored, prevValue: before } = event;
    const value = this.#decrypt(key, stored);
    return { ...event, value, prevValue: type === 'delete' ? value : before && this.#decrypt(key, before) };
  }

  #written(result: WriteResult, value: Uint8Array): WriteResult {
    return result.ok ? { ok: true, kv: { ...result.kv, value } } : this.#refused(result);
  }

  #refused(result: WriteResult & { readonly ok: false }): WriteResult {
    return { ...result, current: result.current && this.#decrypted(result.current) };
  }
}
