/** Reading objects of the kinds that are Go structs in the reference. */
import { badRequest, goQuote, type KubeObject } from '@apiserver-kit/machinery';
import { DecodeError } from '@apiserver-kit/machinery/structs';
import type { ObjectCodec } from '@apiserver-kit/rest';
import { decodeStruct } from './types.js';

/** The reference's sentence about a body that does not fit its kind. */
export const cannotBeHandled = ({ kind, version }: { readonly kind: string; readonly version: string }, why: string): Error =>
  badRequest(`${kind} in version ${goQuote(version)} cannot be handled as a ${kind}: ${why}`);

/** Reads objects of a kind; `complete` fills in its defaults, in place. */
export const structReader =
  (typeName: string, gvk: { readonly kind: string; readonly version: string }, complete: (object: KubeObject) => void = () => {}): ObjectCodec['decode'] =>
  (value, { onUnknownField }) => {
    try {
      const { object, unknownFields } = decodeStruct(typeName, value);
      if (onUnknownField) for (const path of unknownFields) onUnknownField(path);
      complete(object as KubeObject);
      return object as KubeObject;
    } catch (error) {
      throw error instanceof DecodeError ? cannotBeHandled(gvk, error.message) : error;
    }
  };
