/**
 * How objects of a custom resource are read from requests and shown, in one version.
 *
 * What is stored may be older than the definition: of another version, with fields that are no longer known, without defaults that have come since.
 * It is brought up to date when it is shown. Nearly always there is nothing to do, and the entry's own bytes go out; that this is so is found out
 * once per entry and remembered beside it for as long as it lives, which costs a pointer.
 */
import { apiVersionOf, cloneJson, jsonEqual, type KubeObject, parseApiVersion, stringifyJson, unknownError } from '@apiserver-kit/machinery';
import type { DecodeOptions, ObjectCodec } from '@apiserver-kit/rest';
import { applyDefaults } from '@apiserver-kit/schema';
import type { Entry } from '@apiserver-kit/watch-cache';
import { cannotBeHandled } from '../definitions/decode.js';
import type { Convert } from './conversion.js';
import { shape, ShapeError } from './shape.js';
import type { VersionSchema } from './version-schemas.js';

export interface CodecOptions {
  readonly group: string;
  readonly kind: string;
  readonly schemas: ReadonlyMap<string, VersionSchema>;
  readonly storageVersion: string;
  readonly convert: Convert;
  /** Tells this definition from others, and from what it was before. */
  readonly id: string;
}

/** Objects as they come out of storage: in a version, up to date with its schema. */
export type FromStored = (stored: KubeObject) => KubeObject;

/**
 * Brings stored objects up to date, each as a copy.
 * Defaults are those of the version that the object is stored in, as in the reference: an object looks the same in all versions.
 */
export const fromStored = ({ group, schemas, convert }: CodecOptions, version: string): FromStored => {
  const apiVersion = apiVersionOf({ group, version });
  return (stored) => {
    const object = cloneJson(stored);
    const from = parseApiVersion(object.apiVersion);
    const schema = from?.group === group ? schemas.get(from.version) : undefined;
    if (!schema) throw unknownError(`request to convert CR from an invalid group/version: ${object.apiVersion}`);
    shape(object, schema, { dropInvalid: true });
    object.metadata.generation ||= 1;
    if (schema.schema) applyDefaults(object, schema.schema);
    if (from!.version === version) return object;
    const converted = convert(object, apiVersion);
    shape(converted, schemas.get(version)!);
    return converted;
  };
};

/** The codec of a version. */
export function customCodec(options: CodecOptions, version: string): ObjectCodec {
  const { group, kind, schemas, storageVersion, convert } = options;
  const id = `${options.id}/${version}`;
  const schema = schemas.get(version)!;
  const read = fromStored(options, version);
  /** Entries that are stored just as they are shown. */
  const asStored = new WeakSet<Entry>();
  const derive = (entry: Entry): KubeObject => {
    const object = read(entry.object());
    if (!jsonEqual(object, entry.object())) return object;
    asStored.add(entry);
    return entry.object();
  };
  const object = (entry: Entry): KubeObject => (asStored.has(entry) ? entry.object() : entry.derived(`${id} object`, derive));
  return {
    id,
    object,
    bytes(entry) {
      if (asStored.has(entry)) return entry.bytes;
      const shown = object(entry);
      return asStored.has(entry) ? entry.bytes : entry.derived(`${id} bytes`, () => Buffer.from(stringifyJson(inOrder(shown))));
    },
    decode: (value: KubeObject, { onUnknownField }: DecodeOptions) => {
      try {
        shape(value, schema, { onUnknownField });
      } catch (error) {
        throw error instanceof ShapeError ? cannotBeHandled({ kind, version }, error.message) : error;
      }
      if (schema.schema) applyDefaults(value, schema.schema);
      return value;
    },
    toStored(value) {
      if (version === storageVersion) return value;
      const converted = convert(cloneJson(value), apiVersionOf({ group, version: storageVersion }));
      shape(converted, schemas.get(storageVersion)!);
      return converted;
    },
  };
}

/** What the object is comes first, as in stored bytes. */
function inOrder({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { resourceVersion, ...others } = metadata;
  return { apiVersion, kind, metadata: { ...(resourceVersion === undefined ? {} : { resourceVersion }), ...others }, ...rest };
}
