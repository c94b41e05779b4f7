/**
 * What turns values into what is stored, and back (k8s.io/apiserver/pkg/storage/value). Stored values begin with a prefix that says who wrote
 * them: the provider, then the name of the key.
 */

export interface Transformer {
  /**
   * What was stored under a key, as it was written.
   * @throws Error when it was written by none that is configured, or has been changed since.
   */
  fromStorage(stored: Uint8Array, key: string): Uint8Array;
  toStorage(value: Uint8Array, key: string): Uint8Array;
}

/** A transformer of values that begin with a prefix; it sees them without. */
export interface Prefixed {
  readonly prefix: Buffer;
  readonly transformer: Transformer;
}

export const asBuffer = (bytes: Uint8Array): Buffer => (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

const beginsWith = (bytes: Buffer, prefix: Buffer): boolean => bytes.length >= prefix.length && bytes.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;

/**
 * Several transformers as one: the first writes, and whichever has the prefix reads. The same prefix may come again with another secret, so
 * one that fails does not keep the next from trying.
 */
export function prefixed(transformers: readonly [Prefixed, ...Prefixed[]], unmatched: string): Transformer {
  const [writer] = transformers;
  return {
    fromStorage(stored, key) {
      const bytes = asBuffer(stored);
      const failures: string[] = [];
      for (const { prefix, transformer } of transformers) {
        if (!beginsWith(bytes, prefix)) continue;
        try {
          return transformer.fromStorage(bytes.subarray(prefix.length), key);
        } catch (error) {
          // Identity, which has no prefix, refuses what another one has encrypted: that is for the other one to read.
          if (prefix.length > 0) failures.push((error as Error).message);
        }
      }
      const distinct = [...new Set(failures)];
      throw new Error(distinct.length === 0 ? unmatched : distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`);
    },
    toStorage: (value, key) => Buffer.concat([writer.prefix, writer.transformer.toStorage(value, key)]),
  };
}

const encryptedPrefix = Buffer.from('k8s:enc:');

/** Stores values as they are. What has been encrypted it does not give out as if it were a value. */
export const identity: Transformer = {
  fromStorage(stored) {
    if (beginsWith(asBuffer(stored), encryptedPrefix)) throw new Error('identity transformer tried to read encrypted data');
    return stored;
  },
  toStorage: (value) => value,
};
