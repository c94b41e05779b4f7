/** The binary form of built-in kinds, as rest needs it. Its code knows the types, which rest does not, and is loaded at the first request that speaks it. */
import type { GroupVersionKind, KubeObject, ListMeta } from '@apiserver-kit/machinery';

export const protobufType = 'application/vnd.kubernetes.protobuf';

export interface ProtobufCodec {
  /** Whether a kind has a binary form. */
  has(kind: GroupVersionKind): boolean;
  /**
   * Reads an object in its envelope.
   * @throws Error with the reference's sentence for bytes that are no such object.
   */
  decode(bytes: Uint8Array): KubeObject;
  /** An object, a Status or a PartialObjectMetadata, without its envelope. */
  message(object: KubeObject): Buffer;
  /** A list of messages, without its envelope. */
  list(meta: ListMeta, items: readonly Uint8Array[]): Buffer;
  /** Puts a message into the envelope that says what it is. */
  envelope(apiVersion: string, kind: string, message: Uint8Array): Buffer;
  /** A watch event as a frame; the object is in its envelope. */
  watchFrame(type: string, object: Uint8Array): Buffer;
}

/** Loads the codec. */
export type LoadProtobuf = () => Promise<ProtobufCodec>;
