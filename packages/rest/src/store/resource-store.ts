/** The objects of one resource: one prefix of a storage, and the cache over it. */
import { groupResourceText, type GroupResource, type KubeObject, printStored } from '@apiserver-kit/machinery';
import type { KeyValue, MaybePromise, Storage, WriteResult } from '@apiserver-kit/storage';
import { Cacher, type CacherOptions, Entry, type FieldsOf, rememberPrinted } from '@apiserver-kit/watch-cache';

export interface ResourceStoreOptions extends CacherOptions {
  readonly resource: GroupResource;
  readonly namespaced: boolean;
  /** Where the objects are kept, without a slash at its end: `/registry/pods`. */
  readonly prefix: string;
  /** What objects can be selected by, besides name and namespace. */
  readonly fieldsOf?: FieldsOf;
}

/** Reads from the cache and writes to the storage. Nothing is loaded before the first use. */
export class ResourceStore {
  readonly cacher: Cacher;
  readonly resource: GroupResource;
  readonly namespaced: boolean;
  readonly prefix: string;
  readonly #fieldsOf: FieldsOf;

  constructor(
    readonly storage: Storage,
    { resource, namespaced, prefix, ...cacherOptions }: ResourceStoreOptions,
  ) {
    this.resource = resource;
    this.namespaced = namespaced;
    this.prefix = prefix;
    this.#fieldsOf = cacherOptions.fieldsOf;
    this.cacher = new Cacher(storage, `${prefix}/`, cacherOptions);
  }

  /** Where an object is kept. */
  key(namespace: string, name: string): string {
    return this.namespaced ? `${this.prefix}/${namespace}/${name}` : `${this.prefix}/${name}`;
  }

  /** The newest version of an object; at once over a storage in this process. */
  get(namespace: string, name: string): MaybePromise<Entry | undefined> {
    const key = this.key(namespace, name);
    const ready = this.cacher.fresh();
    return ready instanceof Promise ? ready.then(() => this.cacher.get(key)) : this.cacher.get(key);
  }

  /** What is stored of an object: bytes that the cache knows without parsing them again. The object belongs to the cache from here on. */
  print(object: KubeObject): Buffer {
    const stored = printStored(object);
    const { resourceVersion: _, ...metadata } = object.metadata;
    rememberPrinted(stored, { ...object, metadata });
    return stored;
  }

  /** Writes a new object. Undefined: there is one already. */
  async create(namespace: string, name: string, stored: Buffer, ttlSeconds?: number): Promise<Entry | undefined> {
    const result = await this.storage.create(this.key(namespace, name), stored, ttlSeconds === undefined ? undefined : { ttlSeconds });
    return result.ok ? this.entryOf(result.kv) : undefined;
  }

  /** Replaces a version of an object. Undefined: it is no longer the newest; the cache has caught up with what is. */
  async update(before: Entry, stored: Buffer, ttlSeconds?: number): Promise<Entry | undefined> {
    return this.#settled(await this.storage.update(before.key, stored, before.resourceVersion, ttlSeconds === undefined ? undefined : { ttlSeconds }));
  }

  /** Deletes a version of an object: the last state at the deletion's resourceVersion. Undefined as for {@link update}. */
  async delete(before: Entry): Promise<Entry | undefined> {
    const result = await this.storage.delete(before.key, before.resourceVersion);
    if (!result.ok) return this.#settled(result);
    return before.at(result.kv.modRevision);
  }

  async #settled(result: WriteResult): Promise<Entry | undefined> {
    if (result.ok) return this.entryOf(result.kv);
    await this.cacher.reached(result.revision);
    return undefined;
  }

  /** The entry of a version: the cache's own, where the cache has taken it in. */
  entryOf({ key, value, modRevision }: KeyValue): Entry {
    const cached = this.cacher.get(key);
    return cached?.resourceVersion === modRevision ? cached : new Entry(key, modRevision, value, this.#fieldsOf);
  }

  close(): Promise<void> {
    return this.cacher.close();
  }

  toString(): string {
    return groupResourceText(this.resource);
  }
}
