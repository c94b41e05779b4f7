/** Reads CBOR as the reference does: into what JSON can hold. */
import { goQuote } from '../go-text.js';
import { type JsonObject, setMember } from '../member.js';
import { readFloat } from './float.js';
import { breakByte, CborError, major, majorNames, readHead, refused } from './head.js';
import { timeText } from './time.js';
import { checkWellFormed } from './well-formed.js';

/**
 * The value of one CBOR data item, with or without the tag that says that it is CBOR. Integers beyond 2^53 come as bigint; byte strings as text, or as the text that their tag asks for.
 * @throws CborError when the bytes are not CBOR, or hold what JSON has no form for.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkWellFormed(buffer);
  return new Decoder(buffer).value();
}

/** How the text of a byte string is written, by the tag around it (RFC 8949, section 3.4.5.2). */
const laterEncodings = new Map<number | bigint, BufferEncoding>([
  [21, 'base64url'],
  [22, 'base64'],
  [23, 'hex'],
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads bytes that are known to be well-formed. */
class Decoder {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(): unknown {
    const start = this.#at;
    const { type, info, argument, end } = readHead(this.#bytes, start);
    this.#at = end;
    switch (type) {
      case major.unsigned:
        return int64(argument, type);
      case major.negative:
        return int64(typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument), type);
      case major.bytes:
      case major.text:
        return this.#text(type, this.#string(info, argument));
      case major.array: {
        const items: unknown[] = [];
        while (this.#hasNext(info, argument, items.length)) items.push(this.value());
        return items;
      }
      case major.map:
        return this.#map(info, argument);
      case major.tag:
        return this.#tagged(argument);
      default:
        return this.#simple(info, start);
    }
  }

  /** Whether another item follows; takes the break at the end of those that do not say how many they are. */
  #hasNext(info: number, count: number | bigint, read: number): boolean {
    if (info !== 31) return read < count;
    if (this.#bytes[this.#at] !== breakByte) return true;
    this.#at++;
    return false;
  }

  #string(info: number, length: number | bigint): Buffer {
    if (info !== 31) {
      this.#at += Number(length);
      return this.#bytes.subarray(this.#at - Number(length), this.#at);
    }
    const parts: Buffer[] = [];
    while (this.#hasNext(info, length, 0)) {
      const part = readHead(this.#bytes, this.#at);
      this.#at = part.end;
      const content = this.#string(part.info, part.argument);
      if (part.type === major.text) this.#text(part.type, content);
      parts.push(content);
    }
    return Buffer.concat(parts);
  }

  #text(type: number, content: Buffer): string {
    // Byte strings need not be text: what is not has replacement characters.
    if (type === major.bytes) return content.toString();
    try {
      return utf8.decode(content);
    } catch {
      throw new CborError('cbor: invalid UTF-8 string');
    }
  }

  #map(info: number, count: number | bigint): JsonObject {
    const object: JsonObject = {};
    for (let read = 0; this.#hasNext(info, count, read); read++) {
      const { type } = readHead(this.#bytes, this.#at);
      const name = this.value();
      if (typeof name !== 'string') throw new CborError(`cbor: cannot unmarshal ${majorNames[type]} into Go value of type string`);
      if (Object.hasOwn(object, name)) throw new CborError(`cbor: found duplicate map key ${goQuote(name)} at map element index ${read}`);
      setMember(object, name, this.value());
    }
    return object;
  }

  #tagged(tag: number | bigint): unknown {
    const { type, info, argument, end } = readHead(this.#bytes, this.#at);
    if (tag === 0 || tag === 1) {
      const isNumber = type === major.unsigned || type === major.negative || (type === major.simple && info >= 25 && info <= 27);
      if (tag === 0 ? type !== major.text : !isNumber)
        throw new CborError(
          `cbor: tag number ${tag} must be followed by ${tag === 0 ? 'text string' : 'integer or floating-point number'}, got ${majorNames[type]}`,
        );
      return timeText(this.value() as string | number | bigint);
    }
    const encoding = laterEncodings.get(tag);
    if (encoding === undefined || type !== major.bytes) return this.value();
    this.#at = end;
    return this.#string(info, argument).toString(encoding);
  }

  #simple(info: number, start: number): unknown {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info < 25) throw refused(major.simple, `simple value ${info === 24 ? this.#bytes[start + 1] : info} is not recognized`);
    return readFloat(this.#bytes, start, info);
  }
}

function int64(value: number | bigint, type: number): number | bigint {
  if (typeof value === 'number' || BigInt.asIntN(64, value) === value) return value;
  throw new CborError(`cbor: cannot unmarshal ${majorNames[type]} into Go value of type int64 (${value} overflows Go's int64)`);
}
