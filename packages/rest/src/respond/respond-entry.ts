/** Answers with one stored object, in whatever representation was negotiated. */
import { apiVersionOf, type KubeObject, notAcceptable, unknownError } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import type { Representation } from '../negotiation/accept.js';
import { partialMetadataBytes, partialObjectMetadata } from '../table/partial-metadata.js';
import { includeObjectOf, printTable } from '../table/print-table.js';
import { entryMessage } from './entry-message.js';
import { respondBytes, respondObject, respondProtobuf } from './respond.js';

/** A list form was asked for, and there is one object. */
const notAList = (): Error => unknownError('content is not a list');

/** Answers with an entry of the cache; in JSON with its own bytes. */
export function respondEntry(target: Target, status: number, entry: Entry, representation: Representation): ApiResponse | Promise<ApiResponse> {
  const { resource, subresource, environment } = target;
  const { codec } = resource;
  const { as, version, format } = representation;
  if (subresource?.projection) return respondFresh(target, status, subresource.projection.read(codec.object(entry)), representation);
  if (as === undefined && format === 'protobuf') {
    const protobuf = environment.protobuf!;
    return respondProtobuf(status, protobuf.envelope(apiVersionOf(resource), resource.kind, entryMessage(entry, codec, protobuf)));
  }
  if (as === undefined) return respondBytes(status, [codec.bytes(entry)], representation);
  if (as === 'PartialObjectMetadata' && format !== 'protobuf') return respondBytes(status, [partialMetadataBytes(entry, codec, version)], representation);
  return respondFresh(target, status, codec.object(entry), representation);
}

/** Answers with an object that no cache has: the outcome of a dry run, a scale. */
export function respondFresh(target: Target, status: number, object: KubeObject, representation: Representation): ApiResponse | Promise<ApiResponse> {
  const { as, version } = representation;
  const { clock, protobuf } = target.environment;
  if (as === undefined) return respondObject(status, object, representation, protobuf);
  if (as === 'PartialObjectMetadataList') throw notAList();
  if (as === 'PartialObjectMetadata') return respondObject(status, partialObjectMetadata(object, version), representation, protobuf);
  if (target.subresource?.projection) throw notAcceptable('this object has no table');
  const include = includeObjectOf(target.ctx);
  const meta = { resourceVersion: object.metadata.resourceVersion };
  const table = printTable([object], meta, target.resource.table, { version, include, nowMs: clock.now() });
  return respondBytes(status, [table], representation);
}
