/** The OpenAPI v2 document in protobuf, which kubectl reads where it has no other way to know a kind: in lists of objects. */
import { isRecord, stringifyJson } from '@apiserver-kit/machinery';
import { type MessageName, messages, type Shape } from './protobuf-messages.js';

/** Pieces in order, joined once at the end: no level copies what the levels below it have written. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  length = 0;

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  append(other: Pieces): void {
    for (const piece of other.#pieces) this.#pieces.push(piece);
    this.length += other.length;
  }

  join(): Buffer {
    return Buffer.concat(this.#pieces, this.length);
  }
}

const varintType = 0;
const doubleType = 1;
const bytesType = 2;

/** Negative ones as two's complement in 64 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const tag = (number: number, type: number): Buffer => varint(number * 8 + type);

function writeBytes(out: Pieces, number: number, bytes: Uint8Array): void {
  out.push(tag(number, bytesType));
  out.push(varint(bytes.length));
  out.push(bytes);
}

function writeMessage(out: Pieces, number: number, inner: Pieces): void {
  out.push(tag(number, bytesType));
  out.push(varint(inner.length));
  out.append(inner);
}

/** gnostic's Any: the value as YAML, which JSON is. */
function anyOf(value: unknown): Pieces {
  const out = new Pieces();
  writeBytes(out, 2, Buffer.from(`${stringifyJson(value)}\n`));
  return out;
}

/** `{ name = 1, value = 2 }`. */
function namedOf(name: string, shape: Shape, value: unknown): Pieces {
  const out = new Pieces();
  writeBytes(out, 1, Buffer.from(name));
  write(out, 2, shape, value);
  return out;
}

function writeNumber(out: Pieces, number: number, value: number): void {
  out.push(tag(number, varintType));
  out.push(varint(value));
}

function writeDouble(out: Pieces, number: number, value: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  out.push(tag(number, doubleType));
  out.push(bytes);
}

function write(out: Pieces, number: number, shape: Shape, value: unknown): void {
  const { kind } = shape;
  if (kind === 'message') writeMessage(out, number, messageOf(shape.message, value));
  else if (kind === 'any') writeMessage(out, number, anyOf(value));
  else if (kind === 'text') writeBytes(out, number, Buffer.from(String(value)));
  else if (kind === 'boolean') writeNumber(out, number, value ? 1 : 0);
  else if (kind === 'integer') writeNumber(out, number, Number(value));
  else if (kind === 'double') writeDouble(out, number, Number(value));
  else for (const item of Array.isArray(value) ? value : [value]) writeBytes(out, number, Buffer.from(String(item)));
}

function messageOf(name: MessageName, value: unknown): Pieces {
  const { fields, extensions, wraps, named } = messages[name];
  const out = new Pieces();
  if (wraps) {
    const [number, shape] = wraps(value);
    write(out, number, shape, value);
    return out;
  }
  if (!isRecord(value)) throw new Error(`an OpenAPI ${name} must be an object`);
  for (const [key, member] of Object.entries(value)) {
    if (named) {
      writeMessage(out, named.number, namedOf(key, named.shape, member));
      continue;
    }
    const field = fields[key];
    if (field?.isRepeated) for (const item of member as unknown[]) write(out, field.number, field.shape, item);
    else if (field) write(out, field.number, field.shape, member);
    else if (extensions !== undefined && key.startsWith('x-')) writeMessage(out, extensions, namedOf(key, { kind: 'any' }, member));
    else throw new Error(`OpenAPI v2 has no ${key} in a ${name}`);
  }
  return out;
}

/**
 * Prints a document.
 * @throws Error for a member that OpenAPI v2 does not have.
 */
export const protobufV2 = (document: unknown): Buffer => messageOf('Document', document).join();
