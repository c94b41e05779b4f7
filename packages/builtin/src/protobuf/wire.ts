/** The protobuf wire format: varints, lengths, tags (protobuf.dev/programming-guides/encoding). */

/** Bytes that are no message. */
export class WireError extends Error {}

export const varintType = 0;
export const fixed64Type = 1;
export const bytesType = 2;
export const fixed32Type = 5;

const utf8 = new TextDecoder('utf-8');

/** Reads one message. */
export class WireReader {
  #at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at >= this.bytes.length;
  }

  /** The next field's number and wire type. */
  tag(): { readonly number: number; readonly type: number } {
    const tag = Number(this.varint());
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 0x1fffffff) throw new WireError(`proto: illegal tag ${number} (wire type ${tag % 8})`);
    return { number, type: tag % 8 };
  }

  /** An unsigned 64-bit integer; a number while it is safe. */
  varint(): number | bigint {
    let value = 0;
    let scale = 1;
    const start = this.#at;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.#at = start;
    return this.#longVarint();
  }

  #longVarint(): number | bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireError('proto: integer overflow');
  }

  /** A signed 64-bit integer; a number while it is safe. */
  signed(): number | bigint {
    const value = this.varint();
    if (typeof value === 'number') return value;
    const signed = BigInt.asIntN(64, value);
    return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(signed) : signed;
  }

  /** A view of length-delimited bytes. */
  delimited(): Uint8Array {
    const length = Number(this.varint());
    const end = this.#at + length;
    if (end > this.bytes.length) throw new WireError('unexpected EOF');
    const view = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  text(): string {
    return utf8.decode(this.delimited());
  }

  double(): number {
    const view = this.#fixed(8);
    return view.getFloat64(0, true);
  }

  /** Passes over a field that nobody knows. */
  skip(type: number): void {
    if (type === varintType) this.varint();
    else if (type === bytesType) this.delimited();
    else if (type === fixed64Type) this.#fixed(8);
    else if (type === fixed32Type) this.#fixed(4);
    else throw new WireError(`proto: illegal wireType ${type}`);
  }

  #fixed(length: number): DataView {
    if (this.#at + length > this.bytes.length) throw new WireError('unexpected EOF');
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }

  #byte(): number {
    if (this.#at >= this.bytes.length) throw new WireError('unexpected EOF');
    return this.bytes[this.#at++]!;
  }
}

/** Collects one message. */
export class WireWriter {
  readonly #chunks: Uint8Array[] = [];

  /** A field of varint type; negative integers take ten bytes. */
  varint(number: number, value: number | bigint | boolean): void {
    this.#chunks.push(varintBytes(number * 8 + varintType), varintBytes(typeof value === 'boolean' ? Number(value) : value));
  }

  bytes(number: number, value: Uint8Array): void {
    this.#chunks.push(varintBytes(number * 8 + bytesType), varintBytes(value.length), value);
  }

  text(number: number, value: string): void {
    this.bytes(number, Buffer.from(value));
  }

  double(number: number, value: number): void {
    const fixed = Buffer.alloc(8);
    fixed.writeDoubleLE(value);
    this.#chunks.push(varintBytes(number * 8 + fixed64Type), fixed);
  }

  message(number: number, write: (writer: WireWriter) => void): void {
    const writer = new WireWriter();
    write(writer);
    this.bytes(number, writer.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

function varintBytes(value: number | bigint): Uint8Array {
  if (typeof value === 'bigint' || value < 0 || value > Number.MAX_SAFE_INTEGER) return longVarintBytes(BigInt.asUintN(64, BigInt(value)));
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function longVarintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
