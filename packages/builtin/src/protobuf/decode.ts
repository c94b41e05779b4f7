/** From protobuf to JSON values, by the rows of the type. Zero values stay: decodeBuiltin leaves out what the reference leaves out. */
import { type JsonObject, parseJson, setMember } from '@apiserver-kit/machinery';
import type { FieldType } from '../types/type-data.js';
import { type WireNode, type WirePlan, wirePlan } from './plan.js';
import { bytesType, WireError, WireReader } from './wire.js';

/** Deeper messages are refused: decoding is recursive, and no type of ours is that deep. */
const maxDepth = 100;

/** Reads a message of a built-in type. @throws WireError */
export const decodeMessage = (typeName: string, bytes: Uint8Array): JsonObject => readPlan(wirePlan(typeName), bytes, {}, 0);

function readPlan(plan: WirePlan, bytes: Uint8Array, into: JsonObject, depth: number): JsonObject {
  if (depth > maxDepth) throw new WireError('proto: exceeded max depth');
  const reader = new WireReader(bytes);
  while (!reader.isAtEnd) {
    const { number, type } = reader.tag();
    const node = plan.byNumber.get(number);
    if (node) readNode(node, type, reader, into, depth);
    else reader.skip(type);
  }
  return into;
}

function readNode(node: WireNode, wireType: number, reader: WireReader, into: JsonObject, depth: number): void {
  if ('message' in node) {
    readPlan(node.message, reader.delimited(), into, depth + 1);
    return;
  }
  const { name, type } = node.field;
  if (typeof type === 'object' && 'list' in type) readItem((into[name] ??= []) as unknown[], type.list, wireType, reader, depth);
  else if (typeof type === 'object' && 'map' in type) readEntry((into[name] ??= {}) as JsonObject, type.map, reader.delimited(), depth);
  else into[name] = readValue(type, reader, depth);
}

/** One item, or several numbers packed together. */
function readItem(list: unknown[], type: FieldType, wireType: number, reader: WireReader, depth: number): void {
  const isNumber = type === 'int32' || type === 'int64' || type === 'boolean';
  if (!isNumber || wireType !== bytesType) {
    list.push(readValue(type, reader, depth));
    return;
  }
  const packed = new WireReader(reader.delimited());
  while (!packed.isAtEnd) list.push(readValue(type, packed, depth));
}

function readEntry(map: JsonObject, type: FieldType, bytes: Uint8Array, depth: number): void {
  const reader = new WireReader(bytes);
  let key = '';
  let value: unknown;
  while (!reader.isAtEnd) {
    const { number, type: wireType } = reader.tag();
    if (number === 1) key = reader.text();
    else if (number === 2) value = readMapValue(type, reader, depth);
    else reader.skip(wireType);
  }
  setMember(map, key, value ?? (type === 'string' || type === 'bytes' ? '' : typeof type === 'object' && 'list' in type ? [] : null));
}

/** A list that is a map's value is a message of its own. */
function readMapValue(type: FieldType, reader: WireReader, depth: number): unknown {
  if (typeof type !== 'object' || !('list' in type)) return readValue(type, reader, depth);
  const items: unknown[] = [];
  const message = new WireReader(reader.delimited());
  while (!message.isAtEnd) {
    const { number, type: wireType } = message.tag();
    if (number === 1) readItem(items, type.list, wireType, message, depth);
    else message.skip(wireType);
  }
  return items;
}

function readValue(type: FieldType, reader: WireReader, depth: number): unknown {
  if (typeof type === 'object') {
    if ('ref' in type) return readPlan(wirePlan(type.ref), reader.delimited(), {}, depth + 1);
    throw new WireError('proto: a list or map where none can be');
  }
  switch (type) {
    case 'string':
      return reader.text();
    case 'boolean':
      return reader.varint() !== 0;
    case 'int32': {
      const value = reader.signed();
      return typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value | 0;
    }
    case 'int64':
      return reader.signed();
    case 'double':
      return reader.double();
    case 'bytes':
      return Buffer.from(reader.delimited()).toString('base64');
    case 'time':
    case 'microTime':
      return readTime(reader.delimited(), type === 'microTime');
    case 'quantity':
      return readOnly(reader.delimited(), 1, (r) => r.text()) ?? '';
    case 'any': {
      const raw = readOnly(reader.delimited(), 1, (r) => r.text());
      return raw === undefined || raw === '' ? null : parseJson(raw);
    }
    case 'intOrString':
      return readIntOrString(reader.delimited());
    default:
      throw new WireError(`proto: no reader for ${type}`);
  }
}

/** One field of a small message. */
function readOnly<T>(bytes: Uint8Array, wanted: number, read: (reader: WireReader) => T): T | undefined {
  const reader = new WireReader(bytes);
  let value: T | undefined;
  while (!reader.isAtEnd) {
    const { number, type } = reader.tag();
    if (number === wanted) value = read(reader);
    else reader.skip(type);
  }
  return value;
}

/** An empty message is no time. */
function readTime(bytes: Uint8Array, withMicroseconds: boolean): string | null {
  if (bytes.length === 0) return null;
  const seconds = Number(readOnly(bytes, 1, (r) => r.signed()) ?? 0);
  const nanos = Number(readOnly(bytes, 2, (r) => r.signed()) ?? 0);
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) throw new WireError('proto: time out of range');
  const text = time.toISOString().slice(0, 19);
  return withMicroseconds ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${text}Z`;
}

function readIntOrString(bytes: Uint8Array): number | string {
  const kind = Number(readOnly(bytes, 1, (r) => r.signed()) ?? 0);
  return kind === 0 ? Number(readOnly(bytes, 2, (r) => r.signed()) ?? 0) : (readOnly(bytes, 3, (r) => r.text()) ?? '');
}
