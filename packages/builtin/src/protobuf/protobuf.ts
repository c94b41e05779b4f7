/**
 * The protobuf codec for built-in kinds: a codec at the edge, driven by the table of field numbers (k8s.io/apimachinery/pkg/runtime/serializer/protobuf).
 * Objects are JSON within the server.
 */
import { type GroupVersionKind, isRecord, type JsonObject, type KubeObject, type ListMeta, parseApiVersion } from '@apiserver-kit/machinery';
import { typeOf } from '../types/type-data.js';
import { decodeMessage } from './decode.js';
import { encodeMessage } from './encode.js';
import { WireError, WireReader, WireWriter } from './wire.js';

export { WireError } from './wire.js';

/** What all messages begin with: `k8s` and a zero. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

const deleteOptionsType = 'apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** The type of a kind; options of deletions are registered in every group. */
function typeOfKind(apiVersion: string, kind: string): string | undefined {
  if (kind === 'DeleteOptions') return deleteOptionsType;
  const gv = parseApiVersion(apiVersion);
  return gv && typeOf({ ...gv, kind });
}

/**
 * Reads an object in its envelope. Zero values are there: pass it through decodeBuiltin.
 * @throws WireError for what is no message, or of a kind that has none.
 */
export function decodeProtobuf(bytes: Uint8Array): KubeObject {
  if (bytes.length < 4 || magic.compare(bytes, 0, 4) !== 0) {
    throw new WireError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const reader = new WireReader(bytes.subarray(4));
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array(0);
  while (!reader.isAtEnd) {
    const { number, type } = reader.tag();
    if (number === 1) ({ apiVersion, kind } = readTypeMeta(reader.delimited()));
    else if (number === 2) raw = reader.delimited();
    else reader.skip(type);
  }
  const typeName = typeOfKind(apiVersion, kind);
  if (typeName === undefined) throw new WireError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { apiVersion, kind, ...decodeMessage(typeName, raw) } as unknown as KubeObject;
}

function readTypeMeta(bytes: Uint8Array): { apiVersion: string; kind: string } {
  const reader = new WireReader(bytes);
  const found = { apiVersion: '', kind: '' };
  while (!reader.isAtEnd) {
    const { number, type } = reader.tag();
    if (number === 1) found.apiVersion = reader.text();
    else if (number === 2) found.kind = reader.text();
    else reader.skip(type);
  }
  return found;
}

/** An object without its envelope. @throws Error for a kind that has no protobuf form. */
export function encodeProtobufMessage({ apiVersion, kind, ...object }: JsonObject): Buffer {
  const typeName = typeOfKind(String(apiVersion), String(kind));
  if (typeName !== undefined) return encodeMessage(typeName, object);
  const metaKind = metaKinds[String(kind)];
  if (!metaKind) throw new Error(`${kind} of ${apiVersion} has no protobuf form`);
  return metaKind(object);
}

/** A list of messages: a page's metadata, then the items. */
export function encodeProtobufList(meta: ListMeta, items: readonly Uint8Array[]): Buffer {
  const writer = new WireWriter();
  writer.message(1, (inner) => writeListMeta(meta, inner));
  for (const item of items) writer.bytes(2, item);
  return writer.finish();
}

/** Puts a message into the envelope that says what it is. */
export function protobufEnvelope(apiVersion: string, kind: string, message: Uint8Array): Buffer {
  const writer = new WireWriter();
  writer.message(1, (typeMeta) => {
    typeMeta.text(1, apiVersion);
    typeMeta.text(2, kind);
  });
  writer.bytes(2, message);
  writer.text(3, '');
  writer.text(4, '');
  return Buffer.concat([magic, writer.finish()]);
}

/** A watch event as a frame: its length in four bytes, then the event, whose object is in its envelope. */
export function protobufWatchFrame(type: string, object: Uint8Array): Buffer {
  const writer = new WireWriter();
  writer.text(1, type);
  writer.message(2, (raw) => raw.bytes(1, object));
  const event = writer.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** All of it under the names that rest knows it by. */
export const protobufCodec = {
  has: (kind: GroupVersionKind): boolean => typeOf(kind) !== undefined,
  decode: decodeProtobuf,
  message: (object: KubeObject): Buffer => encodeProtobufMessage(object as unknown as JsonObject),
  list: encodeProtobufList,
  envelope: protobufEnvelope,
  watchFrame: protobufWatchFrame,
} as const;

/** The first field is selfLink, which is never set. */
function writeListMeta({ resourceVersion = '', continue: token = '', remainingItemCount }: ListMeta, writer: WireWriter): void {
  writer.text(1, '');
  writer.text(2, resourceVersion);
  writer.text(3, token);
  if (remainingItemCount !== undefined) writer.varint(4, remainingItemCount);
}

const objectMetaType = 'apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The kinds of meta.k8s.io that are no built-in resources. */
const metaKinds: Readonly<Record<string, (object: JsonObject) => Buffer>> = {
  PartialObjectMetadata: ({ metadata }) => {
    const writer = new WireWriter();
    writer.bytes(1, encodeMessage(objectMetaType, (metadata ?? {}) as JsonObject));
    return writer.finish();
  },
  Status: (status) => {
    const writer = new WireWriter();
    writer.message(1, (meta) => writeListMeta((status.metadata ?? {}) as ListMeta, meta));
    for (const [number, field] of [
      [2, 'status'],
      [3, 'message'],
      [4, 'reason'],
    ] as const)
      writer.text(number, String(status[field] ?? ''));
    if (isRecord(status.details)) writer.message(5, (details) => writeStatusDetails(status.details as JsonObject, details));
    writer.varint(6, Number(status.code ?? 0));
    return writer.finish();
  },
};

function writeStatusDetails({ name = '', group = '', kind = '', causes, retryAfterSeconds = 0, uid = '' }: JsonObject, writer: WireWriter): void {
  writer.text(1, String(name));
  writer.text(2, String(group));
  writer.text(3, String(kind));
  for (const cause of (causes ?? []) as JsonObject[]) {
    writer.message(4, (inner) => {
      inner.text(1, String(cause.reason ?? ''));
      inner.text(2, String(cause.message ?? ''));
      inner.text(3, String(cause.field ?? ''));
    });
  }
  writer.varint(5, Number(retryAfterSeconds));
  writer.text(6, String(uid));
}
