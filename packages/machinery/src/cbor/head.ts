/** The heads of CBOR data items (RFC 8949, section 3): a major type, and a number in the shortest or any form. */

export const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;

/** What Go's library calls the major types in its errors. */
export const majorNames = ['positive integer', 'negative integer', 'byte string', 'UTF-8 text string', 'array', 'map', 'tag', 'primitives'] as const;

/** Said of bytes that are not CBOR, or are CBOR that JSON has no form for. The message is worded as the reference's library words it. */
export class CborError extends Error {
  override readonly name = 'CborError';
}

/** Said of items that are CBOR and not accepted. */
export const refused = (type: number, what: string): CborError =>
  new CborError(`cbor: data item of cbor type ${majorNames[type]} is not accepted by protocol: ${what}`);

export interface Head {
  readonly type: number;
  /** The low five bits: which form the number has. 31 is an indefinite length, or the end of one. */
  readonly info: number;
  /** The number: a length, a tag, a value. An integer that a double cannot hold is a bigint. */
  readonly argument: number | bigint;
  /** Where what follows begins. */
  readonly end: number;
}

export const breakByte = 0xff;

/** Reads the head at the offset. @throws CborError when the bytes end in it, or its form is reserved. */
export function readHead(bytes: Buffer, at: number): Head {
  if (at >= bytes.length) throw new CborError('unexpected EOF');
  const type = bytes[at]! >> 5;
  const info = bytes[at]! & 31;
  if (info < 24 || info === 31) return { type, info, argument: info, end: at + 1 };
  const size = [1, 2, 4, 8][info - 24];
  if (size === undefined) throw new CborError(`cbor: invalid additional information ${info} for type ${majorNames[type]}`);
  const end = at + 1 + size;
  if (end > bytes.length) throw new CborError('unexpected EOF');
  if (size < 8) return { type, info, argument: bytes.readUIntBE(at + 1, size), end };
  const large = bytes.readBigUInt64BE(at + 1);
  return { type, info, argument: large <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(large) : large, end };
}
