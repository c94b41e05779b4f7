/** The binary forms of cached objects, made once per entry. */
import type { Entry } from '@apiserver-kit/watch-cache';
import type { ProtobufCodec } from '../negotiation/protobuf.js';
import type { ObjectCodec } from '../served-resource.js';
import { type MetaVersion, partialObjectMetadata } from '../table/partial-metadata.js';

/** An entry in its served version. */
export const entryMessage = (entry: Entry, codec: ObjectCodec, protobuf: ProtobufCodec): Buffer =>
  entry.derived(`protobuf/${codec.id}`, () => protobuf.message(codec.object(entry)));

/** An entry's metadata. */
export const metadataMessage = (entry: Entry, codec: ObjectCodec, protobuf: ProtobufCodec, version: MetaVersion): Buffer =>
  entry.derived(`protobuf/PartialObjectMetadata/${version}/${codec.id}`, () => protobuf.message(partialObjectMetadata(codec.object(entry), version)));
