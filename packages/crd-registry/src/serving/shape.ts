/** Giving objects the shape that their schema says: what decoding into a Go struct does for built-in kinds (apiextensions-apiserver/pkg/apiserver/customresource_handler.go). */
import { fieldErrorText, type KubeObject } from '@apiserver-kit/machinery';
import { coerceEmbedded, decodeObjectMeta, prune, pruneNulls } from '@apiserver-kit/schema';
import type { VersionSchema } from './version-schemas.js';

export interface ShapeOptions {
  /** Metadata of a wrong type is dropped: it was stored before anybody looked. Default: false. */
  readonly dropInvalid?: boolean;
  /** Told of each field that is not known, in the reference's order. */
  readonly onUnknownField?: ((path: string) => void) | undefined;
}

/** Something in an object has a wrong type. The message is the reference's. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

const metadataOf = (object: KubeObject, dropInvalid: boolean, unknown: string[] | undefined): KubeObject['metadata'] => {
  try {
    return decodeObjectMeta(object.metadata, { dropInvalid, unknown });
  } catch (error) {
    throw new ShapeError((error as Error).message);
  }
};

/**
 * Drops, in place, what the schema does not know, and sees that metadata is metadata. Defaults are for the caller.
 * @throws ShapeError
 */
export function shape(object: KubeObject, { schema, prunes }: VersionSchema, { dropInvalid = false, onUnknownField }: ShapeOptions = {}): void {
  const { apiVersion, kind } = object;
  const unknown: string[] | undefined = onUnknownField && [];
  const metadata = metadataOf(object, dropInvalid, unknown);
  const trackUnknown = onUnknownField !== undefined;
  if (prunes) {
    const dropped = prune(object, schema, { isResourceRoot: true, trackUnknown });
    unknown?.push(...dropped);
    pruneNulls(object, schema);
  }
  if (schema) {
    const { error, unknown: dropped } = coerceEmbedded(object, schema, { dropInvalid, trackUnknown });
    if (error) throw new ShapeError(fieldErrorText(error));
    unknown?.push(...dropped);
  }
  Object.assign(object, { apiVersion, kind, metadata });
  if (unknown) for (const path of unknown) onUnknownField!(path);
}
