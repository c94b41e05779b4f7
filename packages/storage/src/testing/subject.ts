import type { Clock } from '@apiserver-kit/machinery';
import type { KeyValue, Storage, WriteResult } from '../storage.js';

/** The backend under test, as the parts of the contract see it. */
export interface Subject {
  /** An empty storage, closed after the test. */
  open(clock?: Clock): Promise<Storage>;
  /** Closes a storage and opens it again; undefined where nothing outlives it. */
  readonly reopen: ((storage: Storage, clock?: Clock) => Promise<Storage>) | undefined;
  readonly isRemote: boolean;
}

export const bytes = (text: string): Buffer => Buffer.from(text);
export const textOf = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** The entry of a write that must have succeeded. */
export function written(result: WriteResult): KeyValue {
  if (!result.ok) throw new Error(`expected the write to succeed; the key is at ${result.current?.modRevision ?? 'nothing'}`);
  return result.kv;
}

export const create = async (storage: Storage, key: string, value = key): Promise<KeyValue> => written(await storage.create(key, bytes(value)));
export const update = async (storage: Storage, key: string, value: string, at: number): Promise<KeyValue> =>
  written(await storage.update(key, bytes(value), at));
export const remove = async (storage: Storage, key: string, at: number): Promise<KeyValue> => written(await storage.delete(key, at));
export const createAll = async (storage: Storage, ...keys: readonly string[]): Promise<KeyValue[]> => {
  const made: KeyValue[] = [];
  for (const key of keys) made.push(await create(storage, key));
  return made;
};

export const keysOf = ({ kvs }: { readonly kvs: readonly KeyValue[] }): string[] => kvs.map(({ key }) => key);

/** What a call throws or rejects with. */
export async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('expected the call to fail');
}
