/** Answers with one stored object, in whatever representation was negotiated. */
import { type KubeObject, notAcceptable, stringifyJson, unknownError } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import type { Representation } from '../negotiation/accept.js';
import { partialMetadataBytes, partialObjectMetadata } from '../table/partial-metadata.js';
import { includeObjectOf, printTable } from '../table/print-table.js';
import { respondBytes } from './respond.js';

/** A list form was asked for, and there is one object. */
const notAList = (): Error => unknownError('content is not a list');

/** Answers with an entry of the cache; in JSON with its own bytes. */
export function respondEntry(target: Target, status: number, entry: Entry, representation: Representation): ApiResponse | Promise<ApiResponse> {
  const { codec } = target.resource;
  const projection = target.subresource?.projection;
  if (projection) return respondFresh(target, status, projection.read(codec.object(entry)), representation);
  if (representation.as === undefined) return respondBytes(status, [codec.bytes(entry)], representation);
  if (representation.as === 'PartialObjectMetadata') return respondBytes(status, [partialMetadataBytes(entry, codec, representation.version)], representation);
  return respondFresh(target, status, codec.object(entry), representation);
}

/** Answers with an object that no cache has: the outcome of a dry run, a scale. */
export function respondFresh(target: Target, status: number, object: KubeObject, representation: Representation): ApiResponse | Promise<ApiResponse> {
  const { as, version } = representation;
  if (as === undefined) return respondBytes(status, [Buffer.from(stringifyJson(object))], representation);
  if (as === 'PartialObjectMetadataList') throw notAList();
  if (as === 'PartialObjectMetadata') return respondBytes(status, [Buffer.from(stringifyJson(partialObjectMetadata(object, version)))], representation);
  if (target.subresource?.projection) throw notAcceptable('this object has no table');
  const include = includeObjectOf(target.ctx);
  const meta = { resourceVersion: object.metadata.resourceVersion };
  const table = printTable([object], meta, target.resource.table, { version, include, nowMs: target.environment.clock.now() });
  return respondBytes(status, [table], representation);
}
