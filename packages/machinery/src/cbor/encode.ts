/**
 * Prints values as CBOR, as the reference does: deterministic (RFC 8949, section 4.2.1), with text as byte strings, behind the tag that says that it is CBOR.
 */
import type { JsonObject } from '../member.js';
import { shortestFloat } from './float.js';
import { CborError, major } from './head.js';

/** Tag 55799. */
export const selfDescribed = Buffer.from([0xd9, 0xd9, 0xf7]);

/** The tag of bytes that are base64 text in JSON. */
const expectedBase64 = 22;

/**
 * The value in CBOR. Members that are undefined are left out; a Uint8Array is bytes, which have base64 text in JSON.
 * @throws CborError for numbers that are not finite.
 */
export function encodeCbor(value: unknown): Buffer {
  const chunks: Buffer[] = [selfDescribed];
  encodeInto(chunks, value);
  return Buffer.concat(chunks);
}

function encodeInto(chunks: Buffer[], value: unknown): void {
  switch (typeof value) {
    case 'string':
      chunks.push(encodedText(value));
      return;
    case 'boolean':
      chunks.push(Buffer.from([value ? 0xf5 : 0xf4]));
      return;
    case 'bigint':
      chunks.push(integer(value));
      return;
    case 'number':
      chunks.push(number(value));
      return;
    case 'object':
      break;
    default:
      throw new CborError(`cbor: unsupported type: ${typeof value}`);
  }
  if (value === null) chunks.push(Buffer.from([0xf6]));
  else if (value instanceof Uint8Array) chunks.push(head(major.tag, expectedBase64), head(major.bytes, value.length), Buffer.from(value));
  else if (Array.isArray(value)) {
    chunks.push(head(major.array, value.length));
    for (const item of value) encodeInto(chunks, item ?? null);
  } else encodeMap(chunks, value as JsonObject);
}

function encodeMap(chunks: Buffer[], object: JsonObject): void {
  const members = Object.entries(object)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => [encodedText(name), member] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  chunks.push(head(major.map, members.length));
  for (const [name, member] of members) {
    chunks.push(name);
    encodeInto(chunks, member);
  }
}

function encodedText(text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([head(major.bytes, content.length), content]);
}

function head(type: number, argument: number | bigint): Buffer {
  const bits = type << 5;
  if (argument < 24) return Buffer.from([bits | Number(argument)]);
  if (argument < 0x100) return Buffer.from([bits | 24, Number(argument)]);
  const bytes = Buffer.alloc(argument < 0x10000 ? 3 : argument < 0x100000000 ? 5 : 9);
  bytes[0] = bits | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  if (bytes.length === 9) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(Number(argument), 1, bytes.length - 1);
  return bytes;
}

const integer = (value: number | bigint): Buffer =>
  value < 0 ? head(major.negative, typeof value === 'bigint' ? -1n - value : -1 - value) : head(major.unsigned, value);

function number(value: number): Buffer {
  if (!Number.isFinite(value)) throw new CborError(`cbor: unsupported value: floating-point ${Number.isNaN(value) ? 'NaN' : 'infinity'}`);
  // Beyond int64 the reference has read a float.
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) return integer(Number.isSafeInteger(value) ? value : BigInt(value));
  return shortestFloat(value);
}
