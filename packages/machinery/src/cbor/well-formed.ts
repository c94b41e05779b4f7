/** Whether bytes are CBOR at all, and none that JSON has no numbers for: checked before anything is made of them, so that no length is trusted that the bytes do not bear out. */
import { readFloat } from './float.js';
import { breakByte, CborError, major, majorNames, readHead, refused } from './head.js';

/** Levels of nesting. The reference allows 10,000; reading recurses, and the stack would not hold that. */
export const maxDepth = 1000;
const maxElements = 2147483647;
const maxPairs = 2097152;

interface Open {
  /** Items that are still to come; Infinity until a break. */
  left: number;
  readonly type: number;
  seen: number;
}

/** @throws CborError when the bytes are not one data item. */
export function checkWellFormed(bytes: Buffer): void {
  if (bytes.length === 0) throw new CborError('EOF');
  const open: Open[] = [];
  let at = 0;
  for (;;) {
    const parent = open.at(-1);
    if (parent?.left === Number.POSITIVE_INFINITY && bytes[at] === breakByte) {
      if (parent.type === major.map && parent.seen % 2 === 1) throw new CborError('cbor: unexpected "break" code');
      at++;
      open.pop();
    } else {
      if (parent && (parent.type === major.bytes || parent.type === major.text)) checkChunk(parent.type, bytes[at] ?? parent.type << 5);
      const { type, info, argument, end } = readHead(bytes, at);
      if (type === major.simple && info >= 25 && info <= 27) checkFinite(readFloat(bytes, at, info));
      at = end;
      if (parent) {
        parent.left--;
        parent.seen++;
      }
      const children = childrenOf(type, info, argument, bytes.length - at);
      if (children > 0 || (info === 31 && type !== major.simple)) {
        if (open.length >= maxDepth) throw new CborError(`cbor: exceeded max nested level ${maxDepth}`);
        open.push({ left: children, type, seen: 0 });
      } else if (type === major.bytes || type === major.text) at += Number(argument);
      else if (type === major.simple && info === 24 && Number(argument) < 32) throw new CborError(`cbor: invalid simple value ${argument} for type primitives`);
    }
    while (open.at(-1)?.left === 0) open.pop();
    if (open.length === 0) break;
  }
  if (at < bytes.length) throw new CborError(`cbor: ${bytes.length - at} bytes of extraneous data starting at index ${at}`);
}

/** A part of a string of indefinite length. */
function checkChunk(parent: number, first: number): void {
  const type = first >> 5;
  if (type !== parent) throw new CborError(`cbor: wrong element type ${majorNames[type]} for indefinite-length ${majorNames[parent]}`);
  if ((first & 31) === 31) throw new CborError(`cbor: indefinite-length ${majorNames[parent]} chunk is not definite-length`);
}

function checkFinite(value: number): void {
  if (!Number.isFinite(value)) throw refused(major.simple, `floating-point ${Number.isNaN(value) ? 'NaN' : 'infinity'}`);
}

/** How many items follow the head as part of its item. */
function childrenOf(type: number, info: number, argument: number | bigint, bytesLeft: number): number {
  if (info === 31) {
    if (type === major.simple) throw new CborError('cbor: unexpected "break" code');
    if (type < major.bytes || type === major.tag) throw new CborError(`cbor: invalid additional information 31 for type ${majorNames[type]}`);
    return Number.POSITIVE_INFINITY;
  }
  switch (type) {
    case major.bytes:
    case major.text:
      if (argument > bytesLeft) throw new CborError('unexpected EOF');
      return 0;
    case major.array:
      if (argument > maxElements) throw new CborError(`cbor: exceeded max number of elements ${maxElements} for CBOR array`);
      return Number(argument);
    case major.map:
      if (argument > maxPairs) throw new CborError(`cbor: exceeded max number of key-value pairs ${maxPairs} for CBOR map`);
      return Number(argument) * 2;
    case major.tag:
      if (bytesLeft > 0 && (argument === 2 || argument === 3)) throw refused(major.tag, 'bignum');
      return 1;
    default:
      return 0;
  }
}
