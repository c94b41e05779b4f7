/**
 * The protobuf codec for built-in kinds: a codec at the edge, driven by the table of field numbers (k8s.io/apimachinery/pkg/runtime/serializer/protobuf).
 * Objects are JSON within the server.
 */
import { apiVersionOf, type JsonObject, type KubeObject, parseApiVersion } from '@apiserver-kit/machinery';
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

/**
 * Writes an object, or a list, in its envelope. The object must be as decodeBuiltin gives it.
 * @throws Error for a kind that has no protobuf form.
 */
export function encodeProtobuf({ apiVersion, kind, ...object }: JsonObject): Buffer {
  const writer = new WireWriter();
  writer.message(1, (typeMeta) => {
    typeMeta.text(1, String(apiVersion));
    typeMeta.text(2, String(kind));
  });
  writer.bytes(2, encodeBody(String(apiVersion), String(kind), object));
  writer.text(3, '');
  writer.text(4, '');
  return Buffer.concat([magic, writer.finish()]);
}

function encodeBody(apiVersion: string, kind: string, object: JsonObject): Buffer {
  const typeName = typeOfKind(apiVersion, kind);
  if (typeName !== undefined) return encodeMessage(typeName, object);
  const itemType = kind.endsWith('List') ? typeOfKind(apiVersion, kind.slice(0, -'List'.length)) : undefined;
  if (itemType === undefined) throw new Error(`${kind} of ${apiVersion} has no protobuf form`);
  const writer = new WireWriter();
  writer.message(1, (meta) => writeListMeta((object.metadata ?? {}) as JsonObject, meta));
  for (const item of (object.items ?? []) as JsonObject[]) writer.bytes(2, encodeMessage(itemType, item));
  return writer.finish();
}

function writeListMeta({ selfLink = '', resourceVersion = '', continue: token = '', remainingItemCount }: JsonObject, writer: WireWriter): void {
  writer.text(1, String(selfLink));
  writer.text(2, String(resourceVersion));
  writer.text(3, String(token));
  if (typeof remainingItemCount === 'number') writer.varint(4, remainingItemCount);
}

/** Whether a kind has a protobuf form. */
export const hasProtobuf = ({ group, version, kind }: { group: string; version: string; kind: string }): boolean =>
  typeOfKind(apiVersionOf({ group, version }), kind) !== undefined;
