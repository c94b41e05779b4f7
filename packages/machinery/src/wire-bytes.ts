/**
 * Stored bytes and wire bytes.
 *
 * Storage keeps an object without its resourceVersion, since that is known only after the write. On the wire it is the first member of
 * `metadata`. Our printer puts apiVersion, kind and metadata first, so the place is found by looking at the head of the bytes: no parse, one
 * copy. Bytes that another server wrote in another order are parsed and printed again.
 */
import { parseJson, stringifyJson } from './json.js';
import { isRecord, type KubeObject } from './object.js';

const head = /^\{(?:"apiVersion":"[^"\\]*","kind":"[^"\\]*"|"kind":"[^"\\]*","apiVersion":"[^"\\]*"),"metadata":\{/;
const closingBrace = 0x7d;

/** Prints an object for storage: apiVersion, kind and metadata first, without `metadata.resourceVersion`. */
export function printStored(object: KubeObject): Buffer {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _, ...storedMetadata } = metadata;
  return Buffer.from(stringifyJson({ apiVersion, kind, metadata: storedMetadata, ...rest }));
}

/** The wire bytes of stored bytes: the same with the resourceVersion in their metadata. */
export function withResourceVersion(stored: Uint8Array, resourceVersion: number): Buffer {
  const bytes = Buffer.isBuffer(stored) ? stored : Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const match = head.exec(bytes.toString('latin1', 0, 512));
  if (!match) return reprint(bytes, resourceVersion);
  const at = match[0].length;
  const comma = bytes[at] === closingBrace ? '' : ',';
  const spliced = `"resourceVersion":"${resourceVersion}"${comma}`;
  // Memory of their own: these bytes live long, and one small object would keep the whole slab that Node's pool cuts it from.
  const wire = Buffer.allocUnsafeSlow(bytes.length + spliced.length);
  bytes.copy(wire, 0, 0, at);
  wire.write(spliced, at, 'latin1');
  bytes.copy(wire, at + spliced.length, at);
  return wire;
}

function reprint(bytes: Buffer, resourceVersion: number): Buffer {
  const object = parseJson(bytes.toString()) as KubeObject;
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _, ...kept } = isRecord(metadata) ? metadata : {};
  return Buffer.from(stringifyJson({ apiVersion, kind, metadata: { resourceVersion: String(resourceVersion), ...kept }, ...rest }));
}
