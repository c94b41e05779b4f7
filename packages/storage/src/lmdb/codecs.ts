/** How keys and records are written as bytes. All numbers are big-endian, so that their bytes sort as they do. */

/** An entry as it is now, without its key. */
export interface EntryRecord {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Uint8Array;
}

/** A change, with all that is needed to undo it. What it wrote is found in the next change of its key, or in the entry as it is now. */
export interface LogRecord {
  readonly isDeletion: boolean;
  readonly atMs: number;
  readonly key: string;
  /** The entry before the change; undefined when the key was not there. */
  readonly before: EntryRecord | undefined;
}

/** What a change did to the existence of its key: enough to count keys of the past without reading the changes. */
export interface ChangeRecord {
  readonly wasThere: boolean;
  readonly isThere: boolean;
}

/** A key as lmdb's keyEncoder wants it: written into a larger buffer, `RangeError` when it does not fit. */
export interface KeyCodec<K> {
  writeKey(key: K, target: Buffer, start: number): number;
  readKey(source: Buffer, start: number, end: number): K;
}

/**
 * A record as lmdb's encoder wants it. `decode` must copy what it keeps: the bytes are lmdb's own and will be overwritten. They may be a
 * plain Uint8Array.
 */
export interface RecordCodec<V> {
  encode(record: V): Buffer;
  decode(bytes: Uint8Array): V;
}

const uint32 = (bytes: Uint8Array, at: number): number => bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
const readNumber = (bytes: Uint8Array, at: number): number => uint32(bytes, at) * 2 ** 32 + uint32(bytes, at + 4);

/** Writes an integer from 0 up to 2^53 - 1 as eight bytes; the answer is where they end. */
function writeNumber(n: number, target: Buffer, at: number): number {
  target.writeUInt32BE(Math.floor(n / 2 ** 32), at);
  return target.writeUInt32BE(n >>> 0, at + 4);
}

function copyOf(bytes: Uint8Array, from: number): Buffer {
  // Small values share slabs, which is several times cheaper than memory of their own. `length` is what lmdb has set, not the buffer's.
  const copy = Buffer.allocUnsafe(bytes.length - from);
  copy.set(bytes.subarray(from, bytes.length));
  return copy;
}

function writeText(text: string, target: Buffer, start: number): number {
  const room = target.length - start;
  if (text.length * 3 > room && Buffer.byteLength(text) > room) throw new RangeError('the key does not fit');
  return start + target.write(text, start);
}

/** Raw bytes stand for themselves: they bound ranges. */
function writeBytes(bytes: Uint8Array, target: Buffer, start: number): number {
  target.set(bytes, start);
  return start + bytes.length;
}

/** A key of the storage, as UTF-8. */
export const textKey: KeyCodec<string | Uint8Array> = {
  writeKey: (key, target, start) => (typeof key === 'string' ? writeText(key, target, start) : writeBytes(key, target, start)),
  readKey: (source, start, end) => source.toString('utf8', start, end),
};

export const revisionKey: KeyCodec<number> = {
  writeKey: writeNumber,
  readKey: (source, start) => readNumber(source, start),
};

/** A key of the storage, NUL (which no key contains) and a revision: all changes of a key stand together, in order. */
export const changeKey: KeyCodec<[key: string, revision: number] | Uint8Array> = {
  writeKey(key, target, start) {
    if (key instanceof Uint8Array) return writeBytes(key, target, start);
    const end = writeText(key[0], target, start);
    return writeNumber(key[1], target, target.writeUInt8(0, end));
  },
  readKey: (source, start, end) => [source.toString('utf8', start, end - 9), readNumber(source, end - 8)],
};

/** When a lease ends, and the revision that it is of. */
export const leaseKey: KeyCodec<[atMs: number, revision: number]> = {
  writeKey: ([atMs, revision], target, start) => writeNumber(revision, target, writeNumber(atMs, target, start)),
  readKey: (source, start) => [readNumber(source, start), readNumber(source, start + 8)],
};

export const entryRecord: RecordCodec<EntryRecord> = {
  encode({ createRevision, modRevision, value }) {
    const bytes = Buffer.allocUnsafe(16 + value.length);
    bytes.set(value, writeNumber(modRevision, bytes, writeNumber(createRevision, bytes, 0)));
    return bytes;
  },
  decode: (bytes) => ({ createRevision: readNumber(bytes, 0), modRevision: readNumber(bytes, 8), value: copyOf(bytes, 16) }),
};

const deletionFlag = 1;
const beforeFlag = 2;

export const logRecord: RecordCodec<LogRecord> = {
  encode({ isDeletion, atMs, key, before }) {
    const keyBytes = Buffer.byteLength(key);
    const bytes = Buffer.allocUnsafe(11 + keyBytes + (before ? 16 + before.value.length : 0));
    bytes[0] = (isDeletion ? deletionFlag : 0) | (before ? beforeFlag : 0);
    let at = bytes.writeUInt16BE(keyBytes, writeNumber(atMs, bytes, 1));
    at += bytes.write(key, at);
    if (before) bytes.set(before.value, writeNumber(before.modRevision, bytes, writeNumber(before.createRevision, bytes, at)));
    return bytes;
  },
  decode(bytes) {
    const flags = bytes[0]!;
    const keyEnd = 11 + ((bytes[9]! << 8) | bytes[10]!);
    return {
      isDeletion: (flags & deletionFlag) !== 0,
      atMs: readNumber(bytes, 1),
      key: copyOf(bytes.subarray(0, keyEnd), 11).toString(),
      before:
        (flags & beforeFlag) === 0
          ? undefined
          : { createRevision: readNumber(bytes, keyEnd), modRevision: readNumber(bytes, keyEnd + 8), value: copyOf(bytes, keyEnd + 16) },
    };
  },
};

const wasThereFlag = 1;
const isThereFlag = 2;

export const changeRecord: RecordCodec<ChangeRecord> = {
  encode: ({ wasThere, isThere }) => Buffer.of((wasThere ? wasThereFlag : 0) | (isThere ? isThereFlag : 0)),
  decode: ([flags]) => ({ wasThere: (flags! & wasThereFlag) !== 0, isThere: (flags! & isThereFlag) !== 0 }),
};

export const numberRecord: RecordCodec<number> = {
  encode(n) {
    const bytes = Buffer.allocUnsafe(8);
    writeNumber(n, bytes, 0);
    return bytes;
  },
  decode: (bytes) => readNumber(bytes, 0),
};

export const textRecord: RecordCodec<string> = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => copyOf(bytes, 0).toString(),
};
