/**
 * Lists as chunks of bytes: a head, each entry's own bytes, a tail. They are never joined into one string.
 *
 * The reference prints its two families of lists differently: the items of typed lists have no apiVersion and kind, since the list says what
 * they are; those of custom resources have. The bytes of an item without them are a view of the entry's.
 */
import { apiVersionOf, type ListMeta, notAcceptable, stringifyJson } from '@apiserver-kit/machinery';
import type { ApiResponse } from '@apiserver-kit/pipeline';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import type { Representation } from '../negotiation/accept.js';
import { entryMessage, metadataMessage } from '../respond/entry-message.js';
import { respondBytes, respondProtobuf } from '../respond/respond.js';
import type { StoredResource } from '../served-resource.js';
import { listMetaText, partialMetadataBytes } from '../table/partial-metadata.js';
import { includeObjectOf, printTable } from '../table/print-table.js';

const comma = Buffer.from(',');
const commaBrace = Buffer.from(',{');
const brace = Buffer.from('{');

/**
 * Answers with a list.
 * @throws StatusError NotAcceptable where an object's form was asked for.
 */
export function respondList(target: Target, entries: readonly Entry[], meta: ListMeta, representation: Representation): ApiResponse | Promise<ApiResponse> {
  refuseObjectForm(target, representation);
  if (representation.format === 'protobuf') return respondProtobuf(200, binaryList(target, entries, meta, representation));
  return respondBytes(200, printList(target, entries, meta, representation), representation);
}

function refuseObjectForm({ resource }: Target, { as }: Representation): void {
  if (as !== 'PartialObjectMetadata') return;
  const goType = resource.family === 'custom' ? '*unstructured.UnstructuredList' : `*v1.${resource.listKind}`;
  throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (${goType})`);
}

function binaryList({ resource, environment }: Target, entries: readonly Entry[], meta: ListMeta, { as, version }: Representation): Buffer {
  const protobuf = environment.protobuf!;
  const { codec, listKind } = resource;
  if (as === undefined)
    return protobuf.envelope(
      apiVersionOf(resource),
      listKind,
      protobuf.list(
        meta,
        entries.map((entry) => entryMessage(entry, codec, protobuf)),
      ),
    );
  const items = entries.map((entry) => metadataMessage(entry, codec, protobuf, version));
  return protobuf.envelope(`meta.k8s.io/${version}`, 'PartialObjectMetadataList', protobuf.list(meta, items));
}

function printList(target: Target, entries: readonly Entry[], meta: ListMeta, { as, version }: Representation): Uint8Array[] {
  const { resource } = target;
  if (as === undefined) return resource.family === 'custom' ? customList(resource, entries, meta) : typedList(resource, entries, meta);
  if (as === 'PartialObjectMetadataList') {
    const head = `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${listMetaText(meta)},"items":[`;
    return joined(head, entries, (entry) => partialMetadataBytes(entry, resource.codec, version), ']}');
  }
  const options = { version, include: includeObjectOf(target.ctx), nowMs: target.environment.clock.now() };
  const objects = entries.map((entry) => resource.codec.object(entry));
  return [printTable(objects, meta, resource.table, options)];
}

function joined(head: string, entries: readonly Entry[], bytes: (entry: Entry) => Buffer, tail: string): Uint8Array[] {
  const chunks: Uint8Array[] = [Buffer.from(head)];
  for (let i = 0; i < entries.length; i++) {
    if (i > 0) chunks.push(comma);
    chunks.push(bytes(entries[i]!));
  }
  chunks.push(Buffer.from(tail));
  return chunks;
}

function customList({ codec, listKind, ...gv }: StoredResource, entries: readonly Entry[], meta: ListMeta): Uint8Array[] {
  const head = `{"apiVersion":${stringifyJson(apiVersionOf(gv))},"items":[`;
  const metadata = stringifyJson({ continue: '', ...meta });
  return joined(head, entries, (entry) => codec.bytes(entry), `],"kind":${stringifyJson(listKind)},"metadata":${metadata}}`);
}

function typedList({ codec, kind, listKind, ...gv }: StoredResource, entries: readonly Entry[], meta: ListMeta): Uint8Array[] {
  const apiVersion = apiVersionOf(gv);
  const typeMeta = Buffer.from(`{"apiVersion":"${apiVersion}","kind":"${kind}",`);
  const chunks: Uint8Array[] = [Buffer.from(`{"kind":"${listKind}","apiVersion":"${apiVersion}","metadata":${listMetaText(meta)},"items":[`)];
  for (let i = 0; i < entries.length; i++) {
    const bytes = codec.bytes(entries[i]!);
    if (bytes.length > typeMeta.length && typeMeta.compare(bytes, 0, typeMeta.length) === 0) {
      chunks.push(i > 0 ? commaBrace : brace, bytes.subarray(typeMeta.length));
    } else {
      // Another server's bytes, in another order.
      if (i > 0) chunks.push(comma);
      const { apiVersion: _, kind: __, ...item } = codec.object(entries[i]!);
      chunks.push(Buffer.from(stringifyJson(item)));
    }
  }
  chunks.push(Buffer.from(']}'));
  return chunks;
}
