/**
 * From JSON values to protobuf, byte for byte as the reference's generated code: fields in the order of their numbers, zero values of fields
 * that are not pointers written out, maps in the order of their keys.
 */
import { isRecord, type JsonObject, stringifyJson } from '@apiserver-kit/machinery';
import type { FieldType, TypeField } from '../types/type-data.js';
import { type WirePlan, wirePlan } from './plan.js';
import { WireWriter } from './wire.js';

/** Writes an object of a built-in type, as decodeBuiltin gives it. */
export function encodeMessage(typeName: string, object: JsonObject): Buffer {
  const writer = new WireWriter();
  writePlan(wirePlan(typeName), object, writer);
  return writer.finish();
}

function writePlan(plan: WirePlan, object: JsonObject, writer: WireWriter): void {
  for (const node of plan.nodes) {
    if ('message' in node) writer.message(node.number, (inner) => writePlan(node.message, object, inner));
    else writeField(node.number, node.field, object[node.field.name], writer);
  }
}

function writeField(number: number, { type, pointer }: TypeField, value: unknown, writer: WireWriter): void {
  if (typeof type === 'object' && 'list' in type) {
    for (const item of Array.isArray(value) ? value : []) writeValue(number, type.list, item, writer);
  } else if (typeof type === 'object' && 'map' in type) {
    if (isRecord(value)) writeMap(number, type.map, value, writer);
  } else if (value === undefined || value === null) {
    if (!pointer && type !== 'bytes') writeZero(number, type, writer);
  } else writeValue(number, type, value, writer);
}

function writeMap(number: number, type: FieldType, map: JsonObject, writer: WireWriter): void {
  for (const key of Object.keys(map).sort(byBytes)) {
    writer.message(number, (entry) => {
      entry.text(1, key);
      const value = map[key];
      if (typeof type === 'object' && 'list' in type) {
        entry.message(2, (items) => {
          for (const item of Array.isArray(value) ? value : []) writeValue(1, type.list, item, items);
        });
      } else writeValue(2, type, value ?? '', entry);
    });
  }
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function writeZero(number: number, type: FieldType, writer: WireWriter): void {
  if (typeof type === 'object') {
    if ('ref' in type) writer.message(number, (inner) => writePlan(wirePlan(type.ref), {}, inner));
  } else if (type === 'string') writer.text(number, '');
  else if (type === 'boolean' || type === 'int32' || type === 'int64') writer.varint(number, 0);
  else if (type === 'double') writer.double(number, 0);
  else if (type === 'quantity') writer.message(number, (inner) => inner.text(1, '0'));
  else if (type === 'intOrString') writeValue(number, type, 0, writer);
  else writer.bytes(number, new Uint8Array(0));
}

function writeValue(number: number, type: FieldType, value: unknown, writer: WireWriter): void {
  if (typeof type === 'object') {
    if ('ref' in type) writer.message(number, (inner) => writePlan(wirePlan(type.ref), isRecord(value) ? value : {}, inner));
    return;
  }
  switch (type) {
    case 'string':
      writer.text(number, String(value));
      break;
    case 'boolean':
      writer.varint(number, value === true);
      break;
    case 'int32':
    case 'int64':
      writer.varint(number, typeof value === 'bigint' ? value : Number(value));
      break;
    case 'double':
      writer.double(number, Number(value));
      break;
    case 'bytes':
      writer.bytes(number, Buffer.from(String(value), 'base64'));
      break;
    case 'time':
    case 'microTime':
      writer.message(number, (inner) => writeTime(String(value), inner));
      break;
    case 'quantity':
      writer.message(number, (inner) => inner.text(1, String(value)));
      break;
    case 'any':
      writer.message(number, (inner) => inner.text(1, stringifyJson(value)));
      break;
    case 'intOrString':
      writer.message(number, (inner) => writeIntOrString(value, inner));
      break;
    default:
      throw new Error(`no writer for ${type}`);
  }
}

function writeTime(text: string, writer: WireWriter): void {
  writer.varint(1, Math.floor(Date.parse(text) / 1000));
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  writer.varint(2, Number(fraction.padEnd(9, '0')));
}

function writeIntOrString(value: unknown, writer: WireWriter): void {
  const isText = typeof value === 'string';
  writer.varint(1, isText ? 1 : 0);
  writer.varint(2, isText ? 0 : Number(value));
  writer.text(3, isText ? value : '');
}
